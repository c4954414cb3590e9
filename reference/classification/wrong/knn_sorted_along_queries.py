"""
breaks: [knn.kneighbours]
also: [knn.predict, knn.matches_sklearn, knn.vectorised, knn.density, knn.class_density]
says: >-
  The distances are sorted along the queries, not along the training points: the axis is the wrong one.
"""

import numpy as np


class KNearestNeighbours:
    def _nearest(self, Q):
        squares = ((Q[:, None, :] - self.data_) ** 2).sum(axis=2)
        indices = np.argsort(squares, axis=0)[:, : self.k]
        return np.sqrt(np.take_along_axis(squares, indices, axis=0)), indices
