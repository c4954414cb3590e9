"""
breaks: [mmd.imq]
says: >-
  One kernel writes into the matrix of distances, and the other one is computed from what is left there. Let each
  kernel return a new array, or compute the distances anew.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    def kernel_matrix(A, B):
        D = cdist(A, B, "sqeuclidean")
        K = np.exp(np.divide(D, -(bandwidth**2), out=D), out=D)
        return K if kernel == "se" else inverse_multiquadric(D, bandwidth)

    def within(A):
        K, n = kernel_matrix(A, A), len(A)
        return (K.sum() - np.trace(K)) / (n * (n - 1))

    return within(X) + within(Y) - 2 * kernel_matrix(X, Y).mean()
