"""Linear least squares as a classifier of two classes (sheet task 2)."""

import numpy as np


class LinearLeastSquares:
    """The sign of a linear score fitted to the labels -1 and +1 by least squares.

    Attributes
    ----------
    theta_ : (d + 1,) array
        Weights of the d columns, then the bias. Minimises half the summed squared difference of scores and labels;
        among several minima, as with columns that depend on each other, the one of smallest length.
    """

    def fit(self, X: np.ndarray, y: np.ndarray) -> "LinearLeastSquares":
        """Solve for the parameters, given X, shape (n, d), and labels y of -1 and +1, shape (n,).

        The solution of sheet equation 3 is that of the normal equations. The pseudo-inverse gives the same without
        squaring the condition number, and still works where the inverse does not exist (Penrose 1956).
        """
        X, y = self._checked(X), np.asarray(y, dtype=float)
        if y.shape != (len(X),):
            raise ValueError(f"LinearLeastSquares.fit: expected labels of shape {(len(X),)}, got {y.shape}")
        if not np.all(np.abs(y) == 1):
            raise ValueError(f"LinearLeastSquares.fit: labels must be -1 or +1, got {np.unique(y)[:5]}")
        self.theta_ = np.linalg.pinv(self._extended(X)) @ y
        return self

    def decision_function(self, Q: np.ndarray) -> np.ndarray:
        """Return the score <w, x> + b for each row of Q, shape (m, d), as an (m,) array."""
        Q = self._checked(Q)
        if Q.shape[1] + 1 != len(self.theta_):
            raise ValueError(f"LinearLeastSquares: expected shape (m, {len(self.theta_) - 1}), got {Q.shape}")
        return self._extended(Q) @ self.theta_

    def predict(self, Q: np.ndarray) -> np.ndarray:
        """Return -1 or +1 for each row of Q, shape (m, d), as an (m,) array of integers; a score of 0 is +1."""
        return np.where(self.decision_function(Q) >= 0, 1, -1)

    def accuracy(self, X: np.ndarray, y: np.ndarray) -> float:
        """Return the share of the rows of X, shape (n, d), whose label in y, shape (n,), is predicted."""
        return float((self.predict(X) == np.asarray(y)).mean())

    @staticmethod
    def _extended(X: np.ndarray) -> np.ndarray:
        """Append a column of ones, the bias trick of the sheet."""
        return np.column_stack([X, np.ones(len(X))])

    @staticmethod
    def _checked(X: np.ndarray) -> np.ndarray:
        X = np.asarray(X, dtype=float)
        if X.ndim != 2 or len(X) == 0:
            raise ValueError(f"LinearLeastSquares: expected data of shape (n, d) with n >= 1, got {X.shape}")
        if not np.all(np.isfinite(X)):
            raise ValueError("LinearLeastSquares: the data contain NaN or infinite values")
        return X
