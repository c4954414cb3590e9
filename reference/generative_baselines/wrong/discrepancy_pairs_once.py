"""
breaks: [mmd.estimator]
says: >-
  The means within a sample come out as half of what they are: each pair is added once, as the upper triangle
  (or pdist) has it, but n (n - 1) counts each pair twice. Divide by n (n - 1) / 2 or double the sums.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}

    def within(A):
        n = len(A)
        above = np.triu_indices(n, k=1)
        return kernels[kernel](cdist(A, A, "sqeuclidean"), bandwidth)[above].sum() / (n * (n - 1))

    between = kernels[kernel](cdist(X, Y, "sqeuclidean"), bandwidth).mean()
    return within(X) + within(Y) - 2 * between
