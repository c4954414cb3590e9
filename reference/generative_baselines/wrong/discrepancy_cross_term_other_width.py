"""
breaks: [mmd.estimator]
says: >-
  The bandwidth is handed to the kernel within the samples only; the cross term takes a fixed one.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}
    xx = kernels[kernel](cdist(X, X, "sqeuclidean"), bandwidth)
    yy = kernels[kernel](cdist(Y, Y, "sqeuclidean"), bandwidth)
    xy = kernels[kernel](cdist(X, Y, "sqeuclidean"), 0.5)
    return xx.mean() + yy.mean() - 2 * xy.mean()
