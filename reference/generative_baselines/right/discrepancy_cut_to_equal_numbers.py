"""
habit: >-
  The unbiased estimate over pairs: the longer sample is cut to the length of the shorter one, and pairs of the same
  place are left out of all sums.
only: [mmd, rules.from_scratch]
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2):
    chosen = {"se": squared_exponential, "imq": inverse_multiquadric}[kernel]
    n = min(len(X), len(Y))
    X, Y = np.asarray(X)[:n], np.asarray(Y)[:n]

    def between(A, B):
        return chosen(((A[:, None] - B[None]) ** 2).sum(axis=-1), bandwidth)

    h = between(X, X) + between(Y, Y) - between(X, Y) - between(Y, X)
    return (h.sum() - np.trace(h)) / (n * (n - 1))
