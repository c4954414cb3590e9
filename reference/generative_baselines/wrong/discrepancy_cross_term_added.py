"""
breaks: [mmd.estimator]
says: >-
  The value grows the more alike the two samples are: the cross term is added where it must be subtracted.
  Compare a sample with itself; the biased value must be zero.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}
    xx = kernels[kernel](cdist(X, X, "sqeuclidean"), bandwidth)
    yy = kernels[kernel](cdist(Y, Y, "sqeuclidean"), bandwidth)
    xy = kernels[kernel](cdist(X, Y, "sqeuclidean"), bandwidth)
    return xx.mean() + yy.mean() + 2 * xy.mean()
