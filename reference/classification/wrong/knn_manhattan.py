"""
breaks: [knn.kneighbours]
also: [knn.matches_sklearn, knn.vectorised]
same_as: [knn_root_inside]
says: >-
  The distance is the sum of the absolute differences (Manhattan), not the Euclidean one.
"""

import numpy as np


class KNearestNeighbours:
    def _nearest(self, Q):
        distances = np.abs(Q[:, None, :] - self.data_).sum(axis=2)
        indices = np.argsort(distances, axis=1)[:, : self.k]
        return np.take_along_axis(distances, indices, axis=1), indices
