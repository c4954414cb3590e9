"""
breaks: [knn.kneighbours]
also: [knn.matches_sklearn, knn.vectorised]
same_as: [knn_manhattan]
says: >-
  The root is taken of each coordinate's square before they are added, which gives the Manhattan distance.
"""

import numpy as np


class KNearestNeighbours:
    def _nearest(self, Q):
        distances = np.sqrt((Q[:, None, :] - self.data_) ** 2).sum(axis=2)
        indices = np.argsort(distances, axis=1)[:, : self.k]
        return np.take_along_axis(distances, indices, axis=1), indices
