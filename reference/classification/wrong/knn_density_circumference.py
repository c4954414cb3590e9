"""
breaks: [knn.density]
also: [knn.class_density]
says: >-
  The circumference 2 pi r stands in place of the area pi r².
"""

import numpy as np


class KNearestNeighbours:
    def density(self, Q):
        radius = self.kneighbours(Q)[0][:, -1]
        return self.k / (len(self.data_) * 2 * np.pi * radius)
