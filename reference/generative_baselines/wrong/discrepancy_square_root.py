"""
breaks: [mmd.estimator]
says: >-
  The value is the root of the one that is asked for: MMD in place of MMD². The unbiased estimate may be
  negative, and then the root does not exist; leave it out.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}
    xx = kernels[kernel](cdist(X, X, "sqeuclidean"), bandwidth)
    yy = kernels[kernel](cdist(Y, Y, "sqeuclidean"), bandwidth)
    xy = kernels[kernel](cdist(X, Y, "sqeuclidean"), bandwidth)
    return np.sqrt(xx.mean() + yy.mean() - 2 * xy.mean())
