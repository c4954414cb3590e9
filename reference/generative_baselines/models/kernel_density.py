"""A kernel density estimator with a Gaussian kernel (sheet task 1.4)."""

import numpy as np
from scipy.spatial.distance import cdist


class KernelDensity:
    """The average of one isotropic Gaussian per training point.

    Parameters
    ----------
    bandwidth : float
        Standard deviation of the kernel in each coordinate.
    random_state : None, int or numpy.random.Generator
        Start of the generator behind `sample`.

    Attributes
    ----------
    data_ : (n, d) array
        The training points, which are the centres of the kernels.
    """

    def __init__(self, bandwidth: float = 0.1, random_state: int | np.random.Generator | None = None) -> None:
        self.bandwidth = bandwidth
        self.random_state = random_state

    def fit(self, X: np.ndarray) -> "KernelDensity":
        """Remember X, shape (n, d), as the kernel centres."""
        if not (np.isfinite(self.bandwidth) and self.bandwidth > 0):
            raise ValueError(f"KernelDensity: bandwidth must be a positive number, got {self.bandwidth!r}")
        self.data_ = self._checked(X).copy()
        self.generator_ = np.random.default_rng(self.random_state)
        return self

    def score_samples(self, X: np.ndarray) -> np.ndarray:
        """Return the log-density of each row of X, shape (m, d), as an (m,) array."""
        X = self._checked(X)
        n, d = self.data_.shape
        log_norm = np.log(n) + d * np.log(self.bandwidth) + 0.5 * d * np.log(2 * np.pi)
        rows = max(1, 1_000_000 // n)  # one block of distances holds about a million numbers
        blocks = [self._log_sum(X[start : start + rows]) for start in range(0, len(X), rows)]
        return np.concatenate(blocks) - log_norm

    def sample(self, n: int = 1) -> np.ndarray:
        """Draw an (n, d) array: for each row a training point, plus Gaussian noise of the bandwidth."""
        centres = self.data_[self.generator_.integers(len(self.data_), size=n)]
        return centres + self.bandwidth * self.generator_.standard_normal(centres.shape)

    def _log_sum(self, block: np.ndarray) -> np.ndarray:
        """Return the logarithm of the summed, unnormalised kernels at each row of `block`."""
        exponents = cdist(block / self.bandwidth, self.data_ / self.bandwidth, "sqeuclidean")
        exponents *= -0.5
        largest = exponents.max(axis=1, keepdims=True)
        return np.log(np.exp(exponents - largest).sum(axis=1)) + largest[:, 0]

    @staticmethod
    def _checked(X: np.ndarray) -> np.ndarray:
        X = np.asarray(X, dtype=float)
        if X.ndim != 2 or len(X) == 0:
            raise ValueError(f"KernelDensity: expected data of shape (n, d) with n >= 1, got {X.shape}")
        if not np.all(np.isfinite(X)):
            raise ValueError("KernelDensity: the data contain NaN or infinite values")
        return X
