"""
breaks: [mmd.estimator]
says: >-
  The squared distances between the two samples mix up rows and columns: a norm of one point is added to the wrong
  products, and what becomes negative is cut off. Within a sample nothing shows; compare with cdist for X and Y.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    chosen = {"se": squared_exponential, "imq": inverse_multiquadric}[kernel]

    def squared_distances(A, B):
        return np.clip((A**2).sum(axis=1) + (B**2).sum(axis=1)[:, None] - 2 * A @ B.T, 0, None)

    xx, yy, xy = (chosen(squared_distances(A, B), bandwidth) for A, B in ((X, X), (Y, Y), (X, Y)))
    n, m = len(xx), len(yy)
    return (xx.sum() - n) / (n * (n - 1)) + (yy.sum() - m) / (m * (m - 1)) - 2 * xy.mean()
