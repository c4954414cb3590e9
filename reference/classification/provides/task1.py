"""Task 1: k nearest neighbours. The data are ready; the class is yours to complete.

Run this file (`python task1.py`), or import from it in a notebook: `from task1 import make_data`.
"""

import numpy as np


def make_data(n_train=600, n_test=300, seed=0):
    """Draw points of three classes in the plane that overlap a little.

    Parameters
    ----------
    n_train, n_test : int
        Number of training points and of test points.
    seed : int
        The same seed gives the same points.

    Returns
    -------
    X_train : (n_train, 2) array
    y_train : (n_train,) array of labels 0, 1, 2
    X_test : (n_test, 2) array
    y_test : (n_test,) array of labels 0, 1, 2
    """
    rng = np.random.default_rng(seed)
    X_train, y_train = _draw(n_train, rng)
    X_test, y_test = _draw(n_test, rng)
    return X_train, y_train, X_test, y_test


def _draw(n, rng):
    """Draw n points and their labels: half of them on an arc, the others in round clusters."""
    labels = rng.choice(3, size=n, p=[0.5, 0.3, 0.2])
    angle = rng.uniform(0.1 * np.pi, 1.1 * np.pi, size=n)
    arc = 2.5 * np.column_stack([np.cos(angle), np.sin(angle)])
    middle = np.tile([0.2, 0.2], (n, 1))
    either_side = np.where(rng.random((n, 1)) < 0.5, [[2.2, -0.8]], [[-1.0, -1.5]])
    centres = np.stack([arc, middle, either_side])[labels, np.arange(n)]
    spread = np.array([0.45, 0.7, 0.5])[labels]
    return centres + spread[:, None] * rng.standard_normal((n, 2)), labels


class KNearestNeighbours:
    """Classify a point by the majority of its k nearest training points.

    Parameters
    ----------
    k : int
        Number of neighbours.
    """

    def __init__(self, k=5):
        self.k = k

    def fit(self, X, y):
        """Store the training set: points X of shape (n, d) and labels y of shape (n,). Return self."""
        raise NotImplementedError("task 1: fit")

    def kneighbours(self, X):
        """Return distances and indices, both (m, k), of the k training points nearest to each row of X, (m, d).

        Distances are Euclidean. Use array operations, no loop over points.
        """
        raise NotImplementedError("task 1: kneighbours")

    def predict(self, X):
        """Return the predicted label of each row of X, shape (m, d), as an (m,) array."""
        raise NotImplementedError("task 1: predict")


def main():
    """Look at the data, then try the classifier."""
    X_train, y_train, X_test, y_test = make_data()
    print(f"training points per class: {np.bincount(y_train)}, test points: {np.bincount(y_test)}")
    print(f"arrays: {X_train.shape}, {X_test.shape}")

    # 1. plot the data: your code
    # import matplotlib.pyplot as plt
    # plt.scatter(...), plt.show()

    # 2. to 4. as soon as the class is complete
    # model = KNearestNeighbours(k=5).fit(X_train, y_train)
    # print("accuracy on the test points:", np.mean(model.predict(X_test) == y_test))


if __name__ == "__main__":
    main()
