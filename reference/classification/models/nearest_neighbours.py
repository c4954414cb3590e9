"""k nearest neighbours as a classifier and as a density estimator (sheet task 1)."""

from math import gamma, pi

import numpy as np

READINGS = ("own_circle", "shared_circle", "reduced_circle")
"""Ways to read p(x|c); see `KNearestNeighbours.class_density`."""


class KNearestNeighbours:
    """A majority vote of the k training points that are nearest by Euclidean distance.

    Neighbours are ordered by distance, those at equal distance by their place in the training set. A query that
    is itself a training point has itself as a neighbour. When several classes have equally many votes, the one
    whose label sorts first wins.

    Parameters
    ----------
    k : int
        Number of neighbours, from 1 to the number of training points.

    Attributes
    ----------
    data_ : (n, d) array
        The training points.
    labels_ : (n,) array
        Their labels.
    classes_ : (classes,) array
        The different labels, sorted.
    """

    def __init__(self, k: int = 5) -> None:
        self.k = k

    def fit(self, X: np.ndarray, y: np.ndarray) -> "KNearestNeighbours":
        """Remember the rows of X, shape (n, d), and their labels y, shape (n,)."""
        X, y = self._checked(X), np.asarray(y)
        if y.shape != (len(X),):
            raise ValueError(f"KNearestNeighbours.fit: expected labels of shape {(len(X),)}, got {y.shape}")
        if not 1 <= self.k <= len(X) or int(self.k) != self.k:
            raise ValueError(
                f"KNearestNeighbours.fit: k must be an integer from 1 to {len(X)}, the number of "
                f"training points, got {self.k!r}"
            )
        self.data_, self.labels_ = X.copy(), y.copy()
        self.classes_ = np.unique(y)
        return self

    def kneighbours(self, Q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return distances and indices of the k nearest training points, both of shape (m, k).

        Row i belongs to row i of Q, shape (m, d), and starts with the nearest point. Differences are squared
        directly, not by |q|² - 2 q·x + |x|², so that equal distances stay equal.
        """
        Q = self._checked(Q)
        n, d = self.data_.shape
        if Q.shape[1] != d:
            raise ValueError(f"KNearestNeighbours: expected queries of shape (m, {d}), got {Q.shape}")
        rows = max(1, 2_000_000 // (n * d))  # one block of differences holds about two million numbers
        blocks = [self._nearest(Q[start : start + rows]) for start in range(0, len(Q), rows)]
        distances, indices = zip(*blocks, strict=True)
        return np.concatenate(distances), np.concatenate(indices)

    def votes(self, Q: np.ndarray) -> np.ndarray:
        """Return how many of the k neighbours belong to each class, shape (m, classes), in their sorted order."""
        labels = self.labels_[self.kneighbours(Q)[1]]
        return np.stack([(labels == label).sum(axis=1) for label in self.classes_], axis=1)

    def predict(self, Q: np.ndarray) -> np.ndarray:
        """Return the label with most votes for each row of Q, shape (m, d), as an (m,) array."""
        return self.classes_[self.votes(Q).argmax(axis=1)]

    def class_probabilities(self) -> np.ndarray:
        """Return p(c) = N_c / N, the share of each class in the training set, shape (classes,)."""
        return np.array([(self.labels_ == label).mean() for label in self.classes_])

    def density(self, Q: np.ndarray) -> np.ndarray:
        """Return p(x) = k / (N V) at each row of Q, shape (m, d), as an (m,) array.

        V is the volume (in the plane: the area) of the smallest ball around x that holds k training points,
        so its radius is the distance to the k-th neighbour. Where that is zero the density is infinite.
        """
        radius = self.kneighbours(Q)[0][:, -1]
        return self._per_volume(np.full(len(radius), self.k), len(self.data_), radius)

    def class_density(self, Q: np.ndarray, reading: str = "own_circle") -> np.ndarray:
        """Return p(x|c) at each row of Q, shape (m, d), as an (m, classes) array.

        The formula is read in three ways, which all estimate the same density:
        "own_circle": k / (N_c V_c), V_c around k points of class c alone; needs k points of every class;
        "shared_circle": k_c / (N_c V), V around the k nearest points of all classes, k_c of which belong to c.
        Only this one obeys sum_c p(c) p(x|c) = p(x) for every x;
        "reduced_circle": k_c / (N_c V_c), V_c around those k_c points only, zero where there are none.
        """
        if reading not in READINGS:
            raise ValueError(f"class_density: reading must be one of {READINGS}, got {reading!r}")
        if reading == "own_circle":
            groups = [self.labels_ == label for label in self.classes_]
            models = [KNearestNeighbours(self.k).fit(self.data_[g], self.labels_[g]) for g in groups]
            return np.stack([model.density(Q) for model in models], axis=1)
        distances, indices = self.kneighbours(Q)
        columns = []
        for label in self.classes_:
            member = self.labels_[indices] == label
            radius = distances[:, -1]
            if reading == "reduced_circle":
                radius = np.where(member, distances, 0).max(axis=1)
            columns.append(self._per_volume(member.sum(axis=1), (self.labels_ == label).sum(), radius))
        return np.stack(columns, axis=1)

    def _nearest(self, Q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return sorted distances and indices of one block; a whole row is sorted only where it must be."""
        squares = ((Q[:, None, :] - self.data_) ** 2).sum(axis=2)
        indices = np.sort(np.argpartition(squares, self.k - 1, axis=1)[:, : self.k], axis=1)
        chosen = np.take_along_axis(squares, indices, axis=1)
        tied = (squares <= chosen.max(axis=1, keepdims=True)).sum(axis=1) > self.k
        indices = np.take_along_axis(indices, np.argsort(chosen, axis=1, kind="stable"), axis=1)
        indices[tied] = np.argsort(squares[tied], axis=1, kind="stable")[:, : self.k]
        return np.sqrt(np.take_along_axis(squares, indices, axis=1)), indices

    def _per_volume(self, count: np.ndarray, total: int, radius: np.ndarray) -> np.ndarray:
        """Return count / (total V) for balls of the given radii; no points give zero, whatever the radius."""
        d = self.data_.shape[1]
        volume = pi ** (d / 2) / gamma(d / 2 + 1) * radius**d
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(count == 0, 0.0, count / (total * volume))

    @staticmethod
    def _checked(X: np.ndarray) -> np.ndarray:
        X = np.asarray(X, dtype=float)
        if X.ndim != 2 or len(X) == 0:
            raise ValueError(f"KNearestNeighbours: expected data of shape (n, d) with n >= 1, got {X.shape}")
        if not np.all(np.isfinite(X)):
            raise ValueError("KNearestNeighbours: the data contain NaN or infinite values")
        return X
