"""
breaks: [knn.density]
also: [knn.class_density]
says: >-
  The radius stands in place of the area: p(x) = k / (N r).
"""

import numpy as np


class KNearestNeighbours:
    def density(self, Q):
        radius = self.kneighbours(Q)[0][:, -1]
        return self.k / (len(self.data_) * radius)
