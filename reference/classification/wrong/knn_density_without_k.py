"""
breaks: [knn.density]
also: [knn.class_density]
says: >-
  p(x) is 1 / (N V): the number k of points in the circle is missing.
"""

import numpy as np


class KNearestNeighbours:
    def density(self, Q):
        radius = self.kneighbours(Q)[0][:, -1]
        return 1 / (len(self.data_) * np.pi * radius**2)
