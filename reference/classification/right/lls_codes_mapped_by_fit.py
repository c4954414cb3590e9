"""
breaks: []
base: none
only: [lls]
habit: classes are told as 0 and 1 and mapped inside of fit; the bias by centring, kept beside the weights
"""

import numpy as np


class LinearClassifier:
    def __init__(self):
        self.slope, self.offset = np.zeros(2), 0.0

    def train(self, samples, classes):
        signs = 2 * np.asarray(classes, dtype=float) - 1
        middle = samples.mean(axis=0)
        self.slope = np.linalg.pinv(samples - middle) @ (signs - signs.mean())
        self.offset = signs.mean() - middle @ self.slope

    def classify(self, samples):
        return 1 * (samples @ self.slope > -self.offset)
