"""
breaks: [knn.predict]
opens: [knn.matches_sklearn]
says: >-
  The vote counts indices in place of labels: what is returned is the index of a training point.
"""

import numpy as np


class KNearestNeighbours:
    def predict(self, Q):
        return np.array([np.bincount(row).argmax() for row in self.kneighbours(Q)[1]])
