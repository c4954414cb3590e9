"""
breaks: [knn.density]
also: [knn.class_density]
says: >-
  The radius is the mean distance of the k neighbours, not that of the k-th.
"""

import numpy as np


class KNearestNeighbours:
    def density(self, Q):
        radius = self.kneighbours(Q)[0].mean(axis=1)
        return self.k / (len(self.data_) * np.pi * radius**2)
