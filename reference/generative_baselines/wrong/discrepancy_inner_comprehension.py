"""
breaks: [mmd.vectorised]
same_as: [kernel_pair_by_pair]
says: >-
  A loop over the indices of one sample with a comprehension over the other inside: pair by pair in Python.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}

    def sum_of_row(a, B):
        return sum([kernels[kernel]((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2, bandwidth) for b in B])

    def mean_kernel(A, B):
        n, m = A.shape[0], B.shape[0]
        rows = [sum_of_row(A[i], B) for i in range(n)]
        return np.sum(rows) / (n * m)

    return mean_kernel(X, X) + mean_kernel(Y, Y) - 2 * mean_kernel(X, Y)
