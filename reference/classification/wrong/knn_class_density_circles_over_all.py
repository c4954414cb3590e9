"""
breaks: [knn.class_density]
same_as: [knn_class_density_over_all]
says: >-
  The circle holds points of class c alone, but p(x|c) is divided by the number of all points in place of those of
  class c: that is p(x, c), too small by the factor p(c).
"""

import numpy as np


class KNearestNeighbours:
    def class_density(self, Q, reading="own_circle"):
        found = []
        for label in self.classes_:
            members = self.data_[self.labels_ == label]
            squares = np.sort(((Q[:, None] - members) ** 2).sum(axis=2), axis=1)[:, self.k - 1]
            found.append(self.k / (len(self.data_) * np.pi * squares))
        return np.column_stack(found)
