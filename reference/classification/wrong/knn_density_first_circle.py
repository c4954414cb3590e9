"""
breaks: [knn.density]
also: [knn.class_density]
says: >-
  The circle reaches to the nearest point only, not to the k-th.
"""

import numpy as np


class KNearestNeighbours:
    def density(self, Q):
        radius = self.kneighbours(Q)[0][:, 0]
        return self.k / (len(self.data_) * np.pi * radius**2)
