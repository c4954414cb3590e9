"""
breaks: [mmd.vectorised]
same_as: [kernel_pair_by_pair]
says: >-
  Two Python loops go through all pairs of points, which takes a hundred times as long as arrays do.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}

    def mean_kernel(A, B):
        total = 0.0
        for a in A:
            for b in B:
                total += kernels[kernel](np.sum((a - b) ** 2), bandwidth)
        return total / (len(A) * len(B))

    return mean_kernel(X, X) + mean_kernel(Y, Y) - 2 * mean_kernel(X, Y)
