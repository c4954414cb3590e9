"""
breaks: []
base: none
only: [lls]
habit: the class works on points with a column of ones, which the notebook adds
"""

import numpy as np


class LLS:
    def fit(self, X, y):
        self.theta = np.linalg.inv(X.T @ X) @ X.T @ y

    def predict(self, X):
        return np.sign(X @ self.theta)


def bias_trick(X):
    return np.concatenate([X, np.ones((len(X), 1))], axis=1)


# %%
rng = np.random.default_rng(0)
y = rng.choice([-1, 1], size=200)
points = rng.normal(size=(200, 2)) + 1.5 * y[:, None]
X = bias_trick(points)
model = LLS()
model.fit(X, y)
print("accuracy", np.mean(model.predict(X) == y))
