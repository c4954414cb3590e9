"""
breaks: [knn.class_density]
says: >-
  Every class gets the density of all points, p(x).
"""

import numpy as np


class KNearestNeighbours:
    def class_density(self, Q, reading="own_circle"):
        return np.stack([self.density(Q) for _ in self.classes_], axis=1)
