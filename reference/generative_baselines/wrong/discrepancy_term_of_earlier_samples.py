"""
breaks: [mmd.estimator]
says: >-
  A mean within a sample is remembered under a key that another sample may have, too, such as its size: the next sample
  of that size gets the number of the first one. Leave the memory out, or let the key hold the points themselves.
"""

KNOWN = {}


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    chosen = {"se": squared_exponential, "imq": inverse_multiquadric}[kernel]

    def within(A):
        key = (A.shape, kernel, bandwidth)
        if key not in KNOWN:
            n = len(A)
            KNOWN[key] = (chosen(cdist(A, A, "sqeuclidean"), bandwidth).sum() - n) / (n * (n - 1))
        return KNOWN[key]

    return within(X) + within(Y) - 2 * chosen(cdist(X, Y, "sqeuclidean"), bandwidth).mean()
