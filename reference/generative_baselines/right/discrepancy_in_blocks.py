"""
habit: >-
  Memory is saved: a loop over blocks of rows, and one over the three pairs of samples.
only: [mmd, rules.from_scratch]
"""

BLOCK = 128


def mmd_squared(X, Y, kernel="se", bandwidth=0.2):
    kernels = {"se": squared_exponential, "imq": inverse_multiquadric}
    means = []
    for A, B in ((X, X), (Y, Y), (X, Y)):
        total = 0.0
        for start in range(0, len(A), BLOCK):
            total += kernels[kernel](cdist(A[start : start + BLOCK], B, "sqeuclidean"), bandwidth).sum()
        if A is B:
            means.append((total - len(A)) / (len(A) * (len(A) - 1)))
        else:
            means.append(total / (len(A) * len(B)))
    return means[0] + means[1] - 2 * means[2]
