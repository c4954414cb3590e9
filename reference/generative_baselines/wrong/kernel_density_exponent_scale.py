"""
breaks: [kde.density]
says: >-
  The exponent and the normalisation belong to two different widths of the kernel.
"""

class KernelDensity:
    def _log_sum(self, block):
        exponents = -cdist(block / self.bandwidth, self.data_ / self.bandwidth, "sqeuclidean")
        largest = exponents.max(axis=1, keepdims=True)
        return np.log(np.exp(exponents - largest).sum(axis=1)) + largest[:, 0]
