"""
breaks: [mmd.estimator]
says: >-
  With samples of different sizes the value is wrong: the cross term is divided by n², although it has n times
  m terms. Compare samples of 40 and of 60 points.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}
    xx = kernels[kernel](cdist(X, X, "sqeuclidean"), bandwidth)
    yy = kernels[kernel](cdist(Y, Y, "sqeuclidean"), bandwidth)
    xy = kernels[kernel](cdist(X, Y, "sqeuclidean"), bandwidth)
    return xx.mean() + yy.mean() - 2 * xy.sum() / len(X) ** 2
