"""
breaks: [knn.class_density]
says: >-
  p(x|c) is divided by the number of all points in place of the points of class c: that is p(x, c).
"""

import numpy as np


class KNearestNeighbours:
    def class_density(self, Q, reading="own_circle"):
        distances, indices = self.kneighbours(Q)
        area = np.pi * distances[:, -1] ** 2
        labels = self.labels_[indices]

        return np.stack([(labels == c).sum(axis=1) / (len(self.data_) * area) for c in self.classes_], axis=1)
