"""
breaks: [knn.density]
also: [knn.class_density]
says: >-
  The area is r², without the factor pi.
"""

import numpy as np


class KNearestNeighbours:
    def density(self, Q):
        radius = self.kneighbours(Q)[0][:, -1]
        return self.k / (len(self.data_) * radius**2)
