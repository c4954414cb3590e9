"""
habit: >-
  One loop over the rows of the first sample with whole arrays inside: slower than needed, fast enough.
only: [mmd, rules.from_scratch]
"""


def mmd_squared(X, Y, kernel="se", bandwidth=0.2):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}

    def mean_kernel(A, B):
        total = 0.0
        for a in A:
            total += kernels[kernel](((B - a) ** 2).sum(axis=1), bandwidth).sum()
        return total / (len(A) * len(B))

    return mean_kernel(X, X) + mean_kernel(Y, Y) - 2 * mean_kernel(X, Y)
