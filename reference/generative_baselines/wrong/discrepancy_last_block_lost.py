"""
breaks: [mmd.estimator]
also: [mmd.vectorised]
says: >-
  The sums go through the rows in blocks, and the last block, which is not full, is left out.
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2, unbiased=True):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}

    def mean(A, B, block=60):
        total = 0.0
        for start in range(0, len(A) - block, block):
            total += kernels[kernel](cdist(A[start : start + block], B, "sqeuclidean"), bandwidth).sum()
        return total / (len(A) * len(B))

    return mean(X, X) + mean(Y, Y) - 2 * mean(X, Y)
