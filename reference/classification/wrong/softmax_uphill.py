"""
breaks: [softmax.training]
says: >-
  The gradient is added to the parameters, so every step makes the loss larger. Descent subtracts it.
"""


class SoftmaxRegression:
    def fit(self, X, y, X_test=None, y_test=None):
        X, y = self._checked(X), np.asarray(y)
        self.classes_, number = np.unique(y, return_inverse=True)
        self.theta_ = np.zeros((X.shape[1] + 1, len(self.classes_)))
        self.history_ = {"loss": [self.loss(X, y)]}
        for _ in range(self.steps):
            slope = cross_entropy_gradient(self.theta_, X, number, self.reduction)
            self.theta_ = self.theta_ + self.learning_rate * slope
            self.history_["loss"].append(self.loss(X, y))
        return self
