"""
breaks: [softmax.training]
says: >-
  Every step starts from the first parameters again, so only a single step is ever made.
"""


class SoftmaxRegression:
    def fit(self, X, y, X_test=None, y_test=None):
        X, y = self._checked(X), np.asarray(y)
        self.classes_, number = np.unique(y, return_inverse=True)
        self.theta_ = np.zeros((X.shape[1] + 1, len(self.classes_)))
        self.history_ = {"loss": [self.loss(X, y)]}
        start = self.theta_.copy()
        for _ in range(self.steps):
            slope = cross_entropy_gradient(start, X, number, self.reduction)
            self.theta_ = start - self.learning_rate * slope
            self.history_["loss"].append(self.loss(X, y))
        return self
