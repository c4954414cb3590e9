"""
breaks: [knn.predict]
opens: [knn.matches_sklearn]
says: >-
  The prediction is the smallest label among the neighbours, not the most frequent one.
"""

class KNearestNeighbours:
    def predict(self, Q):
        return self.labels_[self.kneighbours(Q)[1]].min(axis=1)
