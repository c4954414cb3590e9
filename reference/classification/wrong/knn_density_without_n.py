"""
breaks: [knn.density]
also: [knn.class_density]
says: >-
  p(x) is k / V: the division by the number of training points is missing.
"""

import numpy as np


class KNearestNeighbours:
    def density(self, Q):
        radius = self.kneighbours(Q)[0][:, -1]
        return self.k / (np.pi * radius**2)
