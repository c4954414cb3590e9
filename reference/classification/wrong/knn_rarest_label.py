"""
breaks: [knn.predict]
opens: [knn.matches_sklearn]
says: >-
  The prediction is the label with the fewest votes.
"""

class KNearestNeighbours:
    def predict(self, Q):
        return self.classes_[self.votes(Q).argmin(axis=1)]
