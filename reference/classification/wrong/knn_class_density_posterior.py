"""
breaks: [knn.class_density]
says: >-
  The share of the class among the neighbours is returned: that is p(c|x), not p(x|c).
"""

import numpy as np


class KNearestNeighbours:
    def class_density(self, Q, reading="own_circle"):
        distances, indices = self.kneighbours(Q)
        area = np.pi * distances[:, -1] ** 2
        labels = self.labels_[indices]

        return np.stack([(labels == c).mean(axis=1) for c in self.classes_], axis=1)
