"""
breaks: [knn.class_density]
says: >-
  All k neighbours are counted, whatever their class: p(x|c) = k / (N_c V) with one circle for all classes.
"""

import numpy as np


class KNearestNeighbours:
    def class_density(self, Q, reading="own_circle"):
        distances, indices = self.kneighbours(Q)
        area = np.pi * distances[:, -1] ** 2
        labels = self.labels_[indices]

        return np.stack([self.k / ((self.labels_ == c).sum() * area) for c in self.classes_], axis=1)
