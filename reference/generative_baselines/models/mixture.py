"""A Gaussian mixture fitted by expectation maximisation (sheet task 1.3)."""

import numpy as np
from scipy.special import logsumexp


class GaussianMixture:
    """A weighted sum of normal distributions with full covariances.

    Several starts are run to convergence and the one with the highest likelihood is kept.
    No direction of a component may have less variance than `regularisation` times the mean variance of
    the data: smaller eigenvalues of a covariance are lifted to that floor. This is the maximum likelihood
    estimate under that restriction, so each iteration still raises the likelihood, and covariances above
    the floor stay exactly as estimated.

    Parameters
    ----------
    n_components, n_init, max_iterations : int
        Number of components; number of starts; most iterations per start.
    tolerance : float
        A start has converged when the mean log-likelihood grows by less than this, in nats.
    regularisation : float
        Relative variance floor, see above.
    random_state : None, int or numpy.random.Generator
        Start of the generator behind the starts of `fit` and behind `sample`.

    Attributes
    ----------
    weights_, means_, covariances_ : (k,), (k, d), (k, d, d) arrays
    lower_bound_ : float
        Mean log-likelihood of the training data under the fitted mixture.
    history_ : list of float
        Mean log-likelihood before each iteration of the start that was kept, and after the last one.
    converged_ : bool
        Whether the start that was kept converged.
    """

    def __init__(
        self,
        n_components: int = 1,
        n_init: int = 4,
        max_iterations: int = 200,
        tolerance: float = 1e-6,
        regularisation: float = 1e-6,
        random_state: int | np.random.Generator | None = None,
    ) -> None:
        self.n_components = n_components
        self.n_init = n_init
        self.max_iterations = max_iterations
        self.tolerance = tolerance
        self.regularisation = regularisation
        self.random_state = random_state

    def fit(self, X: np.ndarray) -> "GaussianMixture":
        """Fit to X, shape (n, d) with n >= n_components; ValueError if all rows of X are equal."""
        X = self._checked(X)
        if self.n_components < 1 or len(X) < self.n_components:
            raise ValueError(f"GaussianMixture: {self.n_components} components for {len(X)} points")
        variance = X.var(axis=0)
        if np.all(np.sqrt(variance) <= 1e-13 * np.abs(X).max()):
            raise ValueError("GaussianMixture.fit: all training points are equal, so no density exists")
        self.variance_floor_ = self.regularisation * variance.mean()
        self.generator_ = np.random.default_rng(self.random_state)
        best = None
        for _ in range(max(1, self.n_init)):
            self._start(X)
            history, converged = self._iterate(X)
            if best is None or history[-1] > best[0][-1]:
                best = history, converged, self.weights_, self.means_, self.covariances_
        self.history_, self.converged_, self.weights_, self.means_, self.covariances_ = best
        self.lower_bound_ = self.history_[-1]
        self.cholesky_ = np.linalg.cholesky(self.covariances_)
        return self

    def score_samples(self, X: np.ndarray) -> np.ndarray:
        """Return the log-density of each row of X, shape (n, d), as an (n,) array."""
        return logsumexp(self._weighted_log_densities(self._checked(X)), axis=1)

    def sample(self, n: int = 1) -> np.ndarray:
        """Draw an (n, d) array: for each row first a component by its weight, then a point from it."""
        component = self.generator_.choice(len(self.weights_), size=n, p=self.weights_)
        points = self.generator_.standard_normal((n, self.means_.shape[1]))
        for k in range(len(self.weights_)):
            chosen = component == k
            points[chosen] = self.means_[k] + points[chosen] @ self.cholesky_[k].T
        return points

    def _start(self, X: np.ndarray) -> None:
        """Place the means by k-means++ and give each component the points nearest to it."""
        centres = self._spread_centres(X)
        nearest = self._squared_distances(X, centres).argmin(axis=1)
        k = len(centres)
        self.weights_ = np.full(k, 1 / k)
        self.means_ = centres
        self.covariances_ = np.repeat(
            self._lifted(np.cov(X.T, ddof=0).reshape(2 * (X.shape[1],)))[None], k, 0
        )
        self._maximisation(X, np.eye(k)[nearest])

    def _spread_centres(self, X: np.ndarray) -> np.ndarray:
        """Choose k rows of X, each with probability proportional to its squared distance from the others."""
        centres = [X[self.generator_.integers(len(X))]]
        distance = np.full(len(X), np.inf)
        while len(centres) < self.n_components:
            distance = np.minimum(distance, ((X - centres[-1]) ** 2).sum(axis=1))
            total = distance.sum()
            share = distance / total if total > 0 else np.full(len(X), 1 / len(X))
            centres.append(X[self.generator_.choice(len(X), p=share)])
        return np.array(centres)

    @staticmethod
    def _squared_distances(X: np.ndarray, centres: np.ndarray) -> np.ndarray:
        return np.column_stack([((X - centre) ** 2).sum(axis=1) for centre in centres])

    def _iterate(self, X: np.ndarray) -> tuple[list[float], bool]:
        responsibilities, likelihood = self._expectation(X)
        history, converged = [likelihood], False
        for _ in range(self.max_iterations):
            self._maximisation(X, responsibilities)
            responsibilities, likelihood = self._expectation(X)
            history.append(likelihood)
            if history[-1] - history[-2] < self.tolerance:
                converged = True
                break
        return history, converged

    def _expectation(self, X: np.ndarray) -> tuple[np.ndarray, float]:
        """Return the (n, k) responsibilities and the mean log-likelihood of the current parameters."""
        self.cholesky_ = np.linalg.cholesky(self.covariances_)
        joint = self._weighted_log_densities(X)
        largest = joint.max(axis=1, keepdims=True)
        share = np.exp(joint - largest)
        total = share.sum(axis=1, keepdims=True)
        return share / total, (largest + np.log(total)).mean()

    def _maximisation(self, X: np.ndarray, responsibilities: np.ndarray) -> None:
        """Set weights, means and covariances; a component without points keeps its place at weight 0."""
        counts = responsibilities.sum(axis=0)
        self.weights_ = counts / counts.sum()
        self.means_, self.covariances_ = self.means_.copy(), self.covariances_.copy()
        alive = np.flatnonzero(counts > 1e-10)
        share = (responsibilities[:, alive] / counts[alive]).T
        self.means_[alive] = share @ X
        centred = X - self.means_[alive, None]
        covariances = (share[:, :, None] * centred).swapaxes(1, 2) @ centred
        low = np.linalg.eigvalsh(covariances)[:, 0] < self.variance_floor_
        for k in np.flatnonzero(low):
            covariances[k] = self._lifted(covariances[k])
        self.covariances_[alive] = covariances

    def _lifted(self, covariance: np.ndarray) -> np.ndarray:
        values, vectors = np.linalg.eigh(covariance)
        return (vectors * np.maximum(values, self.variance_floor_)) @ vectors.T

    def _weighted_log_densities(self, X: np.ndarray) -> np.ndarray:
        """Return log(weight_k) + log N(x | mean_k, covariance_k) as an (n, k) array."""
        whitening = np.linalg.inv(self.cholesky_).swapaxes(1, 2)
        whitened = (X - self.means_[:, None]) @ whitening
        with np.errstate(divide="ignore"):
            constants = np.log(self.weights_) - 0.5 * X.shape[1] * np.log(2 * np.pi)
        constants -= np.log(np.diagonal(self.cholesky_, axis1=1, axis2=2)).sum(axis=1)
        return constants - 0.5 * (whitened**2).sum(axis=2).T

    @staticmethod
    def _checked(X: np.ndarray) -> np.ndarray:
        X = np.asarray(X, dtype=float)
        if X.ndim != 2 or len(X) == 0:
            raise ValueError(f"GaussianMixture: expected data of shape (n, d) with n >= 1, got {X.shape}")
        if not np.all(np.isfinite(X)):
            raise ValueError("GaussianMixture: the data contain NaN or infinite values")
        return X
