"""Task 2: a linear classifier by least squares. The data are ready; the class is yours to complete.

Run this file (`python task2.py`), or import from it in a notebook: `from task2 import make_data`.
"""

import numpy as np

OUTLIER_CENTRE = (6.0, -10.0)


def make_data(n_outliers=0, n_train=100, n_test=400, seed=0):
    """Draw two classes in the plane that a straight line separates almost perfectly, and some outliers.

    The outliers are training points of class +1 that lie far away, well inside the half plane of
    their own class. They come in addition to `n_train`, and there are none among the test points. With the same seed only the number of outliers
    changes: the other points stay where they are.

    Parameters
    ----------
    n_outliers : int
        Number of outliers in the training set.
    n_train, n_test : int
        Number of training points without the outliers, and of test points.
    seed : int
        The same seed gives the same points.

    Returns
    -------
    X_train : (n_train + n_outliers, 2) array, the outliers last
    y_train : (n_train + n_outliers,) array of labels -1, +1
    X_test : (n_test, 2) array
    y_test : (n_test,) array of labels -1, +1
    """
    rng = np.random.default_rng(seed)
    X_train, y_train = _draw(n_train, rng)
    X_test, y_test = _draw(n_test, rng)
    outliers = np.array(OUTLIER_CENTRE) + 0.8 * rng.standard_normal((n_outliers, 2))
    X_train = np.vstack([X_train, outliers])
    y_train = np.append(y_train, np.ones(n_outliers, dtype=int))
    return X_train, y_train, X_test, y_test


def _draw(n, rng):
    """Draw n points and their labels from two round clusters."""
    labels = rng.choice([-1, 1], size=n)
    centres = np.where(labels[:, None] == 1, [[1.0, -1.0]], [[-1.0, 1.0]])
    return centres + 0.65 * rng.standard_normal((n, 2)), labels


class LinearLeastSquares:
    """Classify by the sign of a linear score f(x) = <w, x> + b.

    Attributes
    ----------
    theta : (d + 1,) array
        The weights w and the bias b, after `fit`.
    """

    def fit(self, X, y):
        """Find the parameters from points X, shape (n, d), and labels y of -1 and +1, shape (n,). Return self."""
        raise NotImplementedError("task 2: fit")

    def predict(self, X):
        """Return the predicted label, -1 or +1, of each row of X, shape (m, d), as an (m,) array."""
        raise NotImplementedError("task 2: predict")


def main():
    """Make the data sets with 1, 2, 4, 8 and 16 outliers."""
    for n_outliers in 2 ** np.arange(5):
        X_train, _, X_test, _ = make_data(n_outliers)
        print(f"{n_outliers:2d} outliers: {len(X_train)} training points, {len(X_test)} test points")

        # as soon as the class is complete: plot the data and the decision boundary, report the accuracy
        # model = LinearLeastSquares().fit(X_train, y_train)
        # print("accuracy on the test points:", np.mean(model.predict(X_test) == y_test))


if __name__ == "__main__":
    main()
