"""
breaks: [softmax.training]
says: >-
  The classes are updated one after the other, and the later ones see probabilities in which the earlier ones have
  moved already. One step of gradient descent uses one gradient for all parameters.
"""


class SoftmaxRegression:
    def fit(self, X, y, X_test=None, y_test=None):
        X, y = self._checked(X), np.asarray(y)
        self.classes_, number = np.unique(y, return_inverse=True)
        self.theta_ = np.zeros((X.shape[1] + 1, len(self.classes_)))
        self.history_ = {"loss": [self.loss(X, y)]}
        for _ in range(self.steps):
            for column in range(len(self.classes_)):
                slope = cross_entropy_gradient(self.theta_, X, number, self.reduction)
                self.theta_[:, column] -= self.learning_rate * slope[:, column]
            self.history_["loss"].append(self.loss(X, y))
        return self
