"""A single Gaussian as a density model (sheet task 1.2)."""

import numpy as np
from scipy.linalg import solve_triangular


class Gaussian:
    """A multivariate normal distribution fitted by maximum likelihood.

    Parameters
    ----------
    random_state : None, int or numpy.random.Generator
        Start of the generator behind `sample`.

    Attributes
    ----------
    mean_ : (d,) array
    covariance_ : (d, d) array
        Divided by n, not n - 1.
    cholesky_ : (d, d) array
        Lower triangle L with L @ L.T = covariance_.
    """

    def __init__(self, random_state: int | np.random.Generator | None = None) -> None:
        self.random_state = random_state

    def fit(self, X: np.ndarray) -> "Gaussian":
        """Estimate mean and covariance of X, shape (n, d); ValueError if X does not span d dimensions."""
        X = self._checked(X)
        self.mean_ = X.mean(axis=0)
        centred = X - self.mean_
        self.covariance_ = centred.T @ centred / len(X)
        self._require_full_rank()
        self.cholesky_ = np.linalg.cholesky(self.covariance_)
        self.generator_ = np.random.default_rng(self.random_state)
        return self

    def score_samples(self, X: np.ndarray) -> np.ndarray:
        """Return the log-density of each row of X, shape (n, d), as an (n,) array."""
        X = self._checked(X)
        whitened = solve_triangular(self.cholesky_, (X - self.mean_).T, lower=True)
        log_determinant = 2 * np.log(np.diag(self.cholesky_)).sum()
        return -0.5 * ((whitened**2).sum(axis=0) + log_determinant + len(self.mean_) * np.log(2 * np.pi))

    def sample(self, n: int = 1) -> np.ndarray:
        """Draw an (n, d) array of independent points."""
        return self.mean_ + self.generator_.standard_normal((n, len(self.mean_))) @ self.cholesky_.T

    def _require_full_rank(self) -> None:
        deviation = np.sqrt(np.diag(self.covariance_))
        constant = np.flatnonzero(deviation <= 1e-13 * np.abs(self.mean_))
        if len(constant):
            raise ValueError(
                f"Gaussian.fit: column {constant[0]} of the data is constant, so no density exists"
            )
        correlation = self.covariance_ / np.outer(deviation, deviation)
        if np.linalg.eigvalsh(correlation)[0] < 1e-13:
            raise ValueError(
                "Gaussian.fit: the columns of the data depend on each other linearly, so no density exists"
            )

    @staticmethod
    def _checked(X: np.ndarray) -> np.ndarray:
        X = np.asarray(X, dtype=float)
        if X.ndim != 2 or len(X) == 0:
            raise ValueError(f"Gaussian: expected data of shape (n, d) with n >= 1, got {X.shape}")
        if not np.all(np.isfinite(X)):
            raise ValueError("Gaussian: the data contain NaN or infinite values")
        return X
