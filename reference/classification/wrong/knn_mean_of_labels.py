"""
breaks: [knn.predict]
opens: [knn.matches_sklearn]
says: >-
  The prediction is the mean of the neighbours' labels, not the most frequent one.
"""

import numpy as np


class KNearestNeighbours:
    def predict(self, Q):
        return self.labels_[self.kneighbours(Q)[1]].mean(axis=1)
