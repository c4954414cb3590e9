"""
opens: [rules.numpy_only, knn.kneighbours, knn.vectorised, knn.predict, knn.matches_sklearn, knn.class_probabilities, knn.density,
        knn.class_density]
says: >-
  The class hands the search for neighbours to scikit-learn; the sheet asks for NumPy alone.
"""

from sklearn.neighbors import NearestNeighbors


class KNearestNeighbours:
    def _nearest(self, Q):
        return NearestNeighbors(n_neighbors=self.k).fit(self.data_).kneighbors(Q)
