"""
breaks: [mmd.estimator]
says: >-
  Pairs of a point with itself are left out of the sums, but the divisor still counts them: n² where n (n - 1)
  pairs remain. Count the terms of each sum on three points.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}
    xx = kernels[kernel](cdist(X, X, "sqeuclidean"), bandwidth)
    yy = kernels[kernel](cdist(Y, Y, "sqeuclidean"), bandwidth)
    xy = kernels[kernel](cdist(X, Y, "sqeuclidean"), bandwidth)
    n, m = len(X), len(Y)
    within = (xx.sum() - np.trace(xx)) / n**2 + (yy.sum() - np.trace(yy)) / m**2
    return within - 2 * xy.mean()
