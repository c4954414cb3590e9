"""
breaks: [knn.density]
also: [knn.class_density]
says: >-
  The circle reaches to neighbour number k + 1: it is not the smallest one that holds k.
"""

import numpy as np


class KNearestNeighbours:
    def density(self, Q):
        wider = KNearestNeighbours(self.k + 1).fit(self.data_, self.labels_)
        radius = wider.kneighbours(Q)[0][:, -1]
        return self.k / (len(self.data_) * np.pi * radius**2)
