"""A two-dimensional histogram as a density model (sheet task 1.1)."""

import numpy as np


class Histogram2D:
    """A density that is constant on each cell of a regular grid and zero outside the grid.

    Parameters
    ----------
    bins : int or (int, int)
        Number of cells along the first and the second coordinate.
    bin_range : ((low, high), (low, high)) or None
        Borders of the grid; None takes the smallest and the largest training value of each coordinate.
    random_state : None, int or numpy.random.Generator
        Start of the generator behind `sample`.

    Attributes
    ----------
    x_edges_, y_edges_ : (bins + 1,) arrays
        Cell borders; a cell owns its lower border, the last one owns both.
    weights_ : (bins_x, bins_y) array
        Share of the training points in each cell, sums to 1.
    log_density_ : (bins_x, bins_y) array
        Logarithm of weight over area; -inf where a cell is empty.
    """

    def __init__(
        self,
        bins: int | tuple[int, int] = 20,
        bin_range: tuple[tuple[float, float], tuple[float, float]] | None = None,
        random_state: int | np.random.Generator | None = None,
    ) -> None:
        self.bins = bins
        self.bin_range = bin_range
        self.random_state = random_state

    def fit(self, X: np.ndarray) -> "Histogram2D":
        """Count the rows of X, shape (n, 2), per cell; rows outside `bin_range` do not count."""
        X = self._checked(X)
        self.x_edges_, self.y_edges_ = self._make_edges(X)
        bins_x, bins_y = len(self.x_edges_) - 1, len(self.y_edges_) - 1
        column, row, inside = self._cells(X)
        if not inside.any():
            raise ValueError("Histogram2D.fit: no training point lies inside bin_range")
        counts = np.bincount(column[inside] * bins_y + row[inside], minlength=bins_x * bins_y)
        self.weights_ = counts.reshape(bins_x, bins_y) / counts.sum()
        areas = np.outer(np.diff(self.x_edges_), np.diff(self.y_edges_))
        with np.errstate(divide="ignore"):
            self.log_density_ = np.log(self.weights_) - np.log(areas)
        self.generator_ = np.random.default_rng(self.random_state)
        return self

    def score_samples(self, X: np.ndarray) -> np.ndarray:
        """Return the log-density of each row of X, shape (n, 2), as an (n,) array; -inf outside the grid."""
        column, row, inside = self._cells(self._checked(X))
        log_density = np.full(len(column), -np.inf)
        log_density[inside] = self.log_density_[column[inside], row[inside]]
        return log_density

    def sample(self, n: int = 1) -> np.ndarray:
        """Draw an (n, 2) array: first a cell by its weight, then a uniform place inside the cell."""
        cells = self.generator_.choice(self.weights_.size, size=n, p=self.weights_.ravel())
        column, row = np.unravel_index(cells, self.weights_.shape)
        place = self.generator_.uniform(size=(n, 2))
        x = self.x_edges_[column] + place[:, 0] * np.diff(self.x_edges_)[column]
        y = self.y_edges_[row] + place[:, 1] * np.diff(self.y_edges_)[row]
        return np.column_stack([x, y])

    def _make_edges(self, X: np.ndarray) -> list[np.ndarray]:
        bins = (self.bins, self.bins) if np.ndim(self.bins) == 0 else tuple(self.bins)
        if len(bins) != 2 or any(int(count) != count or count < 1 for count in bins):
            raise ValueError(f"Histogram2D: bins must be one or two positive integers, got {self.bins!r}")
        borders = [(low, high) for low, high in zip(X.min(axis=0), X.max(axis=0), strict=True)]
        if self.bin_range is not None:
            borders = [(float(low), float(high)) for low, high in self.bin_range]
        edges = []
        for count, (low, high) in zip(bins, borders, strict=True):
            if low == high:  # a constant coordinate: one unit of room around it
                low, high = low - 0.5, high + 0.5
            edges.append(np.linspace(low, high, int(count) + 1))
            if not np.all(np.diff(edges[-1]) > 0):
                raise ValueError(f"Histogram2D: cannot cut the range {low} to {high} into {count} bins")
        return edges

    def _cells(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return column and row of each point's cell, and whether the point lies on the grid."""
        inside = np.ones(len(X), dtype=bool)
        cells = []
        for values, edges in ((X[:, 0], self.x_edges_), (X[:, 1], self.y_edges_)):
            index = np.searchsorted(edges, values, side="right") - 1
            index[values == edges[-1]] = len(edges) - 2
            inside &= (index >= 0) & (index < len(edges) - 1)
            cells.append(index)
        return cells[0], cells[1], inside

    @staticmethod
    def _checked(X: np.ndarray) -> np.ndarray:
        X = np.asarray(X, dtype=float)
        if X.ndim != 2 or X.shape[1] != 2 or len(X) == 0:
            raise ValueError(f"Histogram2D: expected data of shape (n, 2) with n >= 1, got {X.shape}")
        if not np.all(np.isfinite(X)):
            raise ValueError("Histogram2D: the data contain NaN or infinite values")
        return X
