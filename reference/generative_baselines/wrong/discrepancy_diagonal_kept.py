"""
breaks: [mmd.estimator]
says: >-
  The denominators are n (n - 1), but the pairs of a point with itself are still in the sum.
"""

def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}
    n, m = len(X), len(Y)
    xx = kernels[kernel](cdist(X, X, "sqeuclidean"), bandwidth).sum() / (n * (n - 1))
    yy = kernels[kernel](cdist(Y, Y, "sqeuclidean"), bandwidth).sum() / (m * (m - 1))
    xy = kernels[kernel](cdist(X, Y, "sqeuclidean"), bandwidth).mean()
    return xx + yy - 2 * xy
