"""
breaks: [mmd.vectorised]
same_as: [kernel_pair_by_pair]
says: >-
  np.vectorize calls the kernel once for every pair of points: its name promises more than it does.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}

    def of_pair(a, b):
        return kernels[kernel](np.dot(a - b, a - b), bandwidth)

    of_pairs = np.vectorize(of_pair, signature="(d),(d)->()")

    def mean_kernel(A, B):
        return of_pairs(A[:, None, :], B[None, :, :]).mean()

    return mean_kernel(X, X) + mean_kernel(Y, Y) - 2 * mean_kernel(X, Y)
