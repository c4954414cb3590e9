"""
breaks: [knn.predict]
opens: [knn.matches_sklearn]
says: >-
  All training points vote, not the k neighbours: every query gets the most frequent label.
"""

import numpy as np


class KNearestNeighbours:
    def predict(self, Q):
        counts = [(self.labels_ == label).sum() for label in self.classes_]
        return np.full(len(Q), self.classes_[np.argmax(counts)])
