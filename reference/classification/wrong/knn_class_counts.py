"""
breaks: [knn.class_probabilities]
says: >-
  The numbers of points per class are returned, not their shares.
"""

import numpy as np


class KNearestNeighbours:
    def class_probabilities(self):
        return np.array([(self.labels_ == label).sum() for label in self.classes_])
