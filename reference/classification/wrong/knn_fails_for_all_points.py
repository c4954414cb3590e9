"""
breaks: [knn.kneighbours]
says: >-
  With k equal to the number of training points it stops with an error: argpartition is asked for a place
  behind the last one.
"""

import numpy as np


class KNearestNeighbours:
    def _nearest(self, Q):
        squares = ((Q[:, None, :] - self.data_) ** 2).sum(axis=2)
        chosen = np.argpartition(squares, self.k, axis=1)[:, : self.k]
        order = np.argsort(np.take_along_axis(squares, chosen, axis=1), axis=1)
        indices = np.take_along_axis(chosen, order, axis=1)
        return np.sqrt(np.take_along_axis(squares, indices, axis=1)), indices
