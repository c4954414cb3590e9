"""
breaks: [mmd.imq]
says: >-
  The cross term uses the other kernel: within the samples it is the inverse multi-quadratic one, between them still
  the squared exponential one. A sample compared with itself must give 0 (biased estimate); try it with both kernels.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    within = {"se": squared_exponential, "imq": inverse_multiquadric}[kernel]
    xx = within(cdist(X, X, "sqeuclidean"), bandwidth)
    yy = within(cdist(Y, Y, "sqeuclidean"), bandwidth)
    xy = squared_exponential(cdist(X, Y, "sqeuclidean"), bandwidth)
    return xx.mean() + yy.mean() - 2 * xy.mean()
