"""
habit: >-
  Broadcasting in place of a distance function, a comprehension over bandwidths, a table of kernels.
only: [mmd, rules.from_scratch]
"""

KERNELS = {
    "se": lambda q, h: np.exp(-q / h**2),
    "imq": lambda q, h: (1 + q / h**2) ** -0.5,
}


def mmd_squared(X, Y, kernel="se", bandwidth=0.2):
    def squared(A, B):
        difference = A[:, None, :] - B[None, :, :]
        return np.einsum("ijd,ijd->ij", difference, difference)

    xx, yy, xy = squared(X, X), squared(Y, Y), squared(X, Y)
    values = []
    for h in np.atleast_1d(bandwidth):
        k_xx, k_yy, k_xy = [KERNELS[kernel](q, h) for q in (xx, yy, xy)]
        values.append(k_xx.mean() + k_yy.mean() - 2 * k_xy.mean())
    return float(sum(values))
