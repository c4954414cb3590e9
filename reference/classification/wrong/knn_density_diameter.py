"""
breaks: [knn.density]
also: [knn.class_density]
says: >-
  The diameter is squared in place of the radius: the area is four times too large.
"""

import numpy as np


class KNearestNeighbours:
    def density(self, Q):
        radius = self.kneighbours(Q)[0][:, -1]
        return self.k / (len(self.data_) * np.pi * (2 * radius) ** 2)
