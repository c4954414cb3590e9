"""
breaks: [knn.predict]
opens: [knn.matches_sklearn]
says: >-
  Labels are looked up by the number of the query, not by the index of the neighbour.
"""

import numpy as np


class KNearestNeighbours:
    def predict(self, Q):
        return self.labels_[np.arange(len(Q)) % len(self.labels_)]
