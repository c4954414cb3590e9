"""
breaks: [mmd.estimator]
says: >-
  The value is half of MMD²: the means within both samples are averaged and the cross term is subtracted once.
  Compare with the three terms on the sheet.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}
    xx = kernels[kernel](cdist(X, X, "sqeuclidean"), bandwidth)
    yy = kernels[kernel](cdist(Y, Y, "sqeuclidean"), bandwidth)
    xy = kernels[kernel](cdist(X, Y, "sqeuclidean"), bandwidth)
    return (xx.mean() + yy.mean()) / 2 - xy.mean()
