"""
breaks: [knn.vectorised]
same_as: [knn_double_loop]
says: >-
  A loop in Python computes the distance to one training point after the other, for every query.
"""

import numpy as np


class KNearestNeighbours:
    def _nearest(self, Q):
        distances = np.zeros((len(Q), len(self.data_)))
        for i in range(len(Q)):
            for j in range(len(self.data_)):
                distances[i, j] = np.linalg.norm(Q[i] - self.data_[j])
        indices = np.argsort(distances, axis=1, kind="stable")[:, : self.k]
        return np.take_along_axis(distances, indices, axis=1), indices
