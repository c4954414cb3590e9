"""
breaks: [knn.predict]
opens: [knn.matches_sklearn]
says: >-
  The prediction is the label of the nearest point alone: k has no influence.
"""

class KNearestNeighbours:
    def predict(self, Q):
        return self.labels_[self.kneighbours(Q)[1][:, 0]]
