"""
breaks: [mmd.estimator]
says: >-
  The block for the cross term is cut where the first sample's own block lies: nothing compares the two samples, and
  what is left is one mean within minus the other. Draw the large matrix on paper: its upper right block is the mixed one.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    chosen = {"se": squared_exponential, "imq": inverse_multiquadric}[kernel]
    both = np.vstack([X, Y])
    K = chosen(cdist(both, both, "sqeuclidean"), bandwidth)
    n = len(X)
    return K[:n, :n].mean() + K[n:, n:].mean() - 2 * K[:n, :n].mean()
