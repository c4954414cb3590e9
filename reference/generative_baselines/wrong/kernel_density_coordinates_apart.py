"""
breaks: [kde.sampling]
says: >-
  The samples lie on a lattice of clouds, also where no training point is: x and y of the centre are drawn
  from different training points. Draw one index per sample and look at the centres without noise.
"""


class KernelDensity:
    def sample(self, n=1):
        columns = [self.generator_.choice(column, size=n) for column in self.data_.T]
        return np.column_stack(columns) + self.bandwidth * self.generator_.standard_normal((n, len(columns)))
