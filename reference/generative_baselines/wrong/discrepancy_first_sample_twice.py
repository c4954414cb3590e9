"""
breaks: [mmd.estimator]
says: >-
  The mean kernel within the first sample is taken twice, and that within the second one never: a copied line still
  speaks of X. Exchange the two samples: the value must not change.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    chosen = {"se": squared_exponential, "imq": inverse_multiquadric}[kernel]
    xx, xy = (chosen(cdist(X, B, "sqeuclidean"), bandwidth) for B in (X, Y))
    n = len(X)
    return 2 * (xx.sum() - n) / (n * (n - 1)) - 2 * xy.mean()
