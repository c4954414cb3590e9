"""
breaks: [mmd.estimator]
says: >-
  The value grows with the number of points: the kernel values are summed, and the means are missing. Double
  both samples and compare.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}
    xx = kernels[kernel](cdist(X, X, "sqeuclidean"), bandwidth)
    yy = kernels[kernel](cdist(Y, Y, "sqeuclidean"), bandwidth)
    xy = kernels[kernel](cdist(X, Y, "sqeuclidean"), bandwidth)
    return xx.sum() + yy.sum() - 2 * xy.sum()
