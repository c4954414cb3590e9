"""
breaks: [mmd.imq]
same_as: [discrepancy_kernels_share_distances]
says: >-
  The distances are squared in place by one kernel and once more by the other, which so takes the fourth power.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    def kernel_matrix(A, B):
        D = cdist(A, B)
        D **= 2
        if kernel == "se":
            return squared_exponential(D, bandwidth)
        D **= 2
        return inverse_multiquadric(D, bandwidth)

    def within(A):
        K, n = kernel_matrix(A, A), len(A)
        return (K.sum() - np.trace(K)) / (n * (n - 1))

    return within(X) + within(Y) - 2 * kernel_matrix(X, Y).mean()
