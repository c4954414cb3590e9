"""
breaks: [mmd.estimator]
says: >-
  The value is far too large: the sums within a sample are divided by n + (n - 1) where the number of pairs is
  the product. Check the divisor on three points.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}
    xx = kernels[kernel](cdist(X, X, "sqeuclidean"), bandwidth)
    yy = kernels[kernel](cdist(Y, Y, "sqeuclidean"), bandwidth)
    xy = kernels[kernel](cdist(X, Y, "sqeuclidean"), bandwidth)
    n, m = len(X), len(Y)
    within = (xx.sum() - np.trace(xx)) / (n + n - 1) + (yy.sum() - np.trace(yy)) / (m + m - 1)
    return within - 2 * xy.mean()
