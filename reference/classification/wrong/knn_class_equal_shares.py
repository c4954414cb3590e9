"""
breaks: [knn.class_probabilities]
says: >-
  Every class gets the same probability, whatever the data.
"""

import numpy as np


class KNearestNeighbours:
    def class_probabilities(self):
        return np.full(len(self.classes_), 1 / len(self.classes_))
