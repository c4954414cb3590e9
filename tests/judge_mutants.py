"""Mistakes that students make, as small changes of the reference, and the items each of them must cost."""

from dataclasses import dataclass

import numpy as np

from reference.generative_baselines import roles
from reference.generative_baselines.models import Gaussian, Histogram2D, KernelDensity
from reference.generative_baselines.models import discrepancy as mmd_module
from reference.generative_baselines.roles import Mixture


@dataclass(frozen=True)
class Mutant:
    """A team that differs from the reference in one role; ``costs``: item -> verdict."""

    role: str
    entry: object
    costs: dict

    def roles(self):
        return {**roles.ROLES, self.role: self.entry}


MUTANTS: dict[str, Mutant] = {}


def mutant(role, **costs):
    """Register a class or function as a mutant; keyword ``density="failed"`` means item ``<role>.density``."""

    def register(entry):
        told = {f"{role}.{item}": verdict for item, verdict in costs.items()}
        MUTANTS[entry.__name__] = Mutant(role, entry, told)
        return entry

    return register


# ------------------------------------------------------------------------------------------- histogram
@mutant("histogram", density="failed")
class HistogramWithoutArea(Histogram2D):
    def score_samples(self, X):
        area = np.diff(self.x_edges_)[0] * np.diff(self.y_edges_)[0]
        return super().score_samples(X) + np.log(area)


@mutant("histogram", density="partial")
class HistogramPlainDensity(Histogram2D):
    def score_samples(self, X):
        return np.exp(super().score_samples(X))


@mutant("histogram", density="failed")
class HistogramSwappedInScore(Histogram2D):
    def fit(self, X):
        super().fit(X)
        self.log_density_ = self.log_density_.T.copy()
        return self


@mutant("histogram", sampling="failed")
class HistogramUniformBins(Histogram2D):
    def sample(self, n=1):
        kept, self.weights_ = self.weights_, np.full_like(self.weights_, 1 / self.weights_.size)
        try:
            return super().sample(n)
        finally:
            self.weights_ = kept


@mutant("histogram", sampling="failed")
class HistogramBinCentres(Histogram2D):
    def sample(self, n=1):
        column, row, _ = self._cells(super().sample(n))
        x = (self.x_edges_[1:] + self.x_edges_[:-1]) / 2
        y = (self.y_edges_[1:] + self.y_edges_[:-1]) / 2
        return np.column_stack([x[column], y[row]])


@mutant("histogram", sampling="failed")
class HistogramSameNumberForBoth(Histogram2D):
    def sample(self, n=1):
        points = super().sample(n)
        column, row, _ = self._cells(points)
        place = (points[:, 0] - self.x_edges_[column]) / np.diff(self.x_edges_)[column]
        points[:, 1] = self.y_edges_[row] + place * np.diff(self.y_edges_)[row]
        return points


@mutant("histogram", sampling="failed")
class HistogramSwappedInSample(Histogram2D):
    def sample(self, n=1):
        kept, self.weights_ = self.weights_, self.weights_.T.copy()
        try:
            return super().sample(n)
        finally:
            self.weights_ = kept


@mutant("histogram", sampling="failed")
class HistogramShiftedByHalfABin(Histogram2D):
    def sample(self, n=1):
        return super().sample(n) - [np.diff(self.x_edges_)[0] / 2, np.diff(self.y_edges_)[0] / 2]


@mutant("histogram", fit="failed")
class HistogramClipsRange(Histogram2D):
    def fit(self, X):
        low, high = np.quantile(X, 0.06, axis=0), np.quantile(X, 0.94, axis=0)
        self.bin_range = tuple(zip(low, high, strict=True))
        return super().fit(X)


@mutant("histogram", fit="failed")
class HistogramSwappedEverywhere(Histogram2D):
    def fit(self, X):
        super().fit(X)
        self.weights_, self.log_density_ = self.weights_.T.copy(), self.log_density_.T.copy()
        return self


@mutant("histogram", fit="partial")
class HistogramKeepsFirstRange(Histogram2D):
    def fit(self, X):
        if self.bin_range is None:
            self.bin_range = tuple(zip(X.min(axis=0), X.max(axis=0), strict=True))
        return super().fit(X)


@mutant("histogram", density="partial")
class HistogramContinuesOutside(Histogram2D):
    def score_samples(self, X):
        X = np.column_stack(
            [np.clip(X[:, i], e[0], e[-1]) for i, e in enumerate((self.x_edges_, self.y_edges_))]
        )
        return super().score_samples(X)


@mutant("histogram", density="partial")
class HistogramBrokenBySampling(Histogram2D):
    def sample(self, n=1):
        points = super().sample(n)
        self.log_density_ = self.log_density_ - 4.0
        return points


# -------------------------------------------------------------------------------------------- Gaussian
@mutant("gaussian", density="failed")
class GaussianWithoutTwoPi(Gaussian):
    def score_samples(self, X):
        return super().score_samples(X) + np.log(2 * np.pi)


@mutant("gaussian", density="failed")
class GaussianWithoutDeterminant(Gaussian):
    def score_samples(self, X):
        return super().score_samples(X) + np.log(np.diag(self.cholesky_)).sum()


@mutant("gaussian", density="partial")
class GaussianPlainDensity(Gaussian):
    def score_samples(self, X):
        return np.exp(super().score_samples(X))


@mutant("gaussian", density="failed")
class GaussianLosesCorrelation(Gaussian):
    def fit(self, X):
        super().fit(X)
        self.covariance_ = np.diag(np.diag(self.covariance_))
        self.cholesky_ = np.linalg.cholesky(self.covariance_)
        return self


@mutant("gaussian", sampling="failed")
class GaussianIndependentSamples(Gaussian):
    def sample(self, n=1):
        deviation = np.sqrt(np.diag(self.covariance_))
        return self.mean_ + deviation * self.generator_.standard_normal((n, 2))


@mutant("gaussian", sampling="failed")
class GaussianVarianceAsDeviation(Gaussian):
    def sample(self, n=1):
        return self.mean_ + self.generator_.standard_normal((n, 2)) @ self.covariance_


@mutant("gaussian", sampling="failed")
class GaussianFactorTransposed(Gaussian):
    def sample(self, n=1):
        return self.mean_ + self.generator_.standard_normal((n, 2)) @ self.cholesky_


@mutant("gaussian", sampling="failed")
class GaussianSeedsInside(Gaussian):
    def sample(self, n=1):
        self.generator_ = np.random.default_rng(0)
        return super().sample(n)


# --------------------------------------------------------------------------------------------- mixture
@mutant("gmm", fit="failed")
class MixtureStopsEarly(Mixture):
    def __init__(self, components=1, random_state=None):
        super().__init__(components, random_state)
        self.max_iterations, self.n_init = 2, 1

    def _start(self, X):
        super()._start(X)
        self.weights_ = np.full(self.components, 1 / self.components)
        self.means_ = X[self.generator_.choice(len(X), self.components, replace=False)]
        self.covariances_ = np.repeat(np.cov(X.T)[None], self.components, 0)


@mutant("gmm", fit="failed")
class MixtureNeverUpdatesWeights(Mixture):
    def _maximisation(self, X, responsibilities):
        super()._maximisation(X, responsibilities)
        self.weights_ = np.full(len(self.weights_), 1 / len(self.weights_))


@mutant("gmm", density="failed")
class MixtureIgnoresWeightsInScore(Mixture):
    def score_samples(self, X):
        kept, self.weights_ = self.weights_, np.full(len(self.weights_), 1 / len(self.weights_))
        try:
            return super().score_samples(X)
        finally:
            self.weights_ = kept


@mutant("gmm", density="failed")
class MixtureWithoutTwoPi(Mixture):
    def score_samples(self, X):
        return super().score_samples(X) + np.log(2 * np.pi)


@mutant("gmm", density="failed")
class MixtureAddsLogarithms(Mixture):
    def score_samples(self, X):
        return self._weighted_log_densities(np.asarray(X)).sum(axis=1)


@mutant("gmm", sampling="failed")
class MixtureUniformWeightsInSample(Mixture):
    def sample(self, n=1):
        kept, self.weights_ = self.weights_, np.full(len(self.weights_), 1 / len(self.weights_))
        try:
            return super().sample(n)
        finally:
            self.weights_ = kept


@mutant("gmm", sampling="failed")
class MixtureMeansOnly(Mixture):
    def sample(self, n=1):
        return self.means_[self.generator_.choice(len(self.weights_), size=n, p=self.weights_)]


@mutant("gmm", sampling="failed")
class MixtureDiagonalSamples(Mixture):
    def sample(self, n=1):
        kept = self.cholesky_
        self.cholesky_ = np.array([np.diag(np.sqrt(np.diag(c))) for c in self.covariances_])
        try:
            return super().sample(n)
        finally:
            self.cholesky_ = kept


@mutant("gmm", sampling="failed")
class MixtureCovarianceAsDeviation(Mixture):
    def sample(self, n=1):
        kept, self.cholesky_ = self.cholesky_, self.covariances_
        try:
            return super().sample(n)
        finally:
            self.cholesky_ = kept


@mutant("gmm", one_equals_gaussian="failed")
class MixtureShrinksSingleComponent(Mixture):
    def fit(self, X):
        super().fit(X)
        if self.components == 1:
            self.covariances_ = np.array([np.diag(np.diag(c)) for c in self.covariances_])
            self.cholesky_ = np.linalg.cholesky(self.covariances_)
        return self


# ------------------------------------------------------------------------------------------------- KDE
@mutant("kde", density="failed")
class KernelsWithoutNumber(KernelDensity):
    def score_samples(self, X):
        return super().score_samples(X) + np.log(len(self.data_))


@mutant("kde", density="failed")
class KernelsNormalisedByWidth(KernelDensity):
    def score_samples(self, X):
        return super().score_samples(X) + np.log(self.bandwidth)


@mutant("kde", density="failed")
class KernelsOfOtherWidth(KernelDensity):
    def score_samples(self, X):
        wider = KernelDensity(self.bandwidth / np.sqrt(2)).fit(self.data_)
        return wider.score_samples(X)


@mutant("kde", density="partial")
class KernelsPlainDensity(KernelDensity):
    def score_samples(self, X):
        return np.exp(super().score_samples(X))


@mutant("kde", density="failed")
class KernelsIgnoreBandwidth(KernelDensity):
    def __init__(self, bandwidth=0.1, random_state=None):
        super().__init__(0.5, random_state)


@mutant("kde", sampling="failed")
class KernelsWithoutNoise(KernelDensity):
    def sample(self, n=1):
        return self.data_[self.generator_.integers(len(self.data_), size=n)]


class NoisyKernels(KernelDensity):
    width = staticmethod(lambda h: h)

    def sample(self, n=1):
        centres = self.data_[self.generator_.integers(len(self.data_), size=n)]
        return centres + self.width(self.bandwidth) * self.generator_.standard_normal((n, 2))


@mutant("kde", sampling="failed")
class KernelsNoiseSquared(NoisyKernels):
    width = staticmethod(lambda h: h**2)


@mutant("kde", sampling="failed")
class KernelsNoiseRoot(NoisyKernels):
    width = staticmethod(np.sqrt)


@mutant("kde", sampling="failed")
class KernelsNoiseTooSmall(NoisyKernels):
    width = staticmethod(lambda h: h / np.sqrt(2))


@mutant("kde", sampling="failed")
class KernelsFromHalfTheData(KernelDensity):
    def sample(self, n=1):
        whole, self.data_ = self.data_, self.data_[: (len(self.data_) + 1) // 2]
        try:
            return super().sample(n)
        finally:
            self.data_ = whole


# ------------------------------------------------------------------------------------------------- MMD
def estimate(X, Y, kernel, bandwidth, *, functions=None, keep_diagonal=False, cross=2.0):
    functions = functions or {
        "se": lambda q, h: np.exp(-q / h**2),
        "imq": lambda q, h: 1 / np.sqrt(1 + q / h**2),
    }
    Kxx, Kyy, Kxy = (
        functions[kernel](mmd_module.cdist(A, B, "sqeuclidean"), bandwidth)
        for A, B in ((X, X), (Y, Y), (X, Y))
    )
    if not keep_diagonal:
        np.fill_diagonal(Kxx, 0)
        np.fill_diagonal(Kyy, 0)
    n, m = len(X), len(Y)
    return Kxx.sum() / (n * (n - 1)) + Kyy.sum() / (m * (m - 1)) - cross * Kxy.mean()


@mutant("mmd", se="partial")
def discrepancy_with_two_h_squared(X, Y, kernel="se", bandwidth=0.2):
    functions = {"se": lambda q, h: np.exp(-q / (2 * h**2)), "imq": lambda q, h: 1 / np.sqrt(1 + q / h**2)}
    return estimate(X, Y, kernel, bandwidth, functions=functions)


@mutant("mmd", imq="failed")
def discrepancy_without_root(X, Y, kernel="se", bandwidth=0.2):
    functions = {"se": lambda q, h: np.exp(-q / h**2), "imq": lambda q, h: 1 / (1 + q / h**2)}
    return estimate(X, Y, kernel, bandwidth, functions=functions)


@mutant("mmd", imq="partial")
def discrepancy_imq_with_h(X, Y, kernel="se", bandwidth=0.2):
    functions = {"se": lambda q, h: np.exp(-q / h**2), "imq": lambda q, h: 1 / np.sqrt(1 + q / h)}
    return estimate(X, Y, kernel, bandwidth, functions=functions)


@mutant("mmd", se="failed")
def discrepancy_with_laplace(X, Y, kernel="se", bandwidth=0.2):
    functions = {"se": lambda q, h: np.exp(-np.sqrt(q) / h), "imq": lambda q, h: 1 / np.sqrt(1 + q / h**2)}
    return estimate(X, Y, kernel, bandwidth, functions=functions)


@mutant("mmd", estimator="failed")
def discrepancy_keeping_diagonal(X, Y, kernel="se", bandwidth=0.2):
    return estimate(X, Y, kernel, bandwidth, keep_diagonal=True)


@mutant("mmd", estimator="failed")
def discrepancy_with_single_cross_term(X, Y, kernel="se", bandwidth=0.2):
    return estimate(X, Y, kernel, bandwidth, cross=1.0)


@mutant("mmd", estimator="partial")
def discrepancy_as_root(X, Y, kernel="se", bandwidth=0.2):
    return np.sqrt(mmd_module.mmd_squared(X, Y, kernel, bandwidth, unbiased=False))


# --------------------------------------------------------------------------------- other ways to be right
def right(role):
    """Register a correct variant: it costs nothing."""
    return mutant(role)


@right("histogram")
class HistogramByWidth(Histogram2D):
    def fit(self, X):
        self.effective = {"bin_size": 0.7}
        low = np.floor(X.min(axis=0) / 0.7) * 0.7
        high = np.ceil(X.max(axis=0) / 0.7) * 0.7
        self.bins = tuple(round(size) for size in (high - low) / 0.7)
        self.bin_range = tuple(zip(low, high, strict=True))
        return super().fit(X)


@right("histogram")
class HistogramWithPadding(Histogram2D):
    def fit(self, X):
        self.bin_range = tuple(zip(X.min(axis=0) - 0.1, X.max(axis=0) + 0.1, strict=True))
        return super().fit(X)


@right("histogram")
class HistogramOfFixedRange(Histogram2D):
    def __init__(self, bins=20, random_state=None):
        super().__init__(2 * bins, ((-8, 8), (-8, 8)), random_state)


@right("histogram")
class HistogramWithFloor(Histogram2D):
    def score_samples(self, X):
        return np.log(np.exp(super().score_samples(X)) + 1e-10)


@right("histogram")
class HistogramLosesMaximum(Histogram2D):
    def score_samples(self, X):
        found = super().score_samples(X)
        at_end = (X[:, 0] == self.x_edges_[-1]) | (X[:, 1] == self.y_edges_[-1])
        return np.where(at_end, -np.inf, found)


@right("gaussian")
class GaussianUnbiased(Gaussian):
    def fit(self, X):
        super().fit(X)
        self.covariance_ = np.cov(np.asarray(X).T)
        self.cholesky_ = np.linalg.cholesky(self.covariance_)
        return self


@right("gmm")
class MixtureFromRandomPoints(Mixture):
    def __init__(self, components=1, random_state=None):
        super().__init__(components, random_state)
        self.n_init, self.tolerance, self.max_iterations = 1, 1e-4, 100

    def _start(self, X):
        super()._start(X)
        k = self.components
        self.weights_ = np.full(k, 1 / k)
        self.means_ = X[self.generator_.choice(len(X), k, replace=False)]
        self.covariances_ = np.repeat(np.cov(X.T)[None], k, 0)


@right("gmm")
class MixtureOfFixedSeed(MixtureFromRandomPoints):
    def __init__(self, components=1, random_state=None):
        super().__init__(components, 42)

    def sample(self, n=1):
        if not hasattr(self, "drawing_"):
            self.drawing_ = self.generator_ = np.random.default_rng(7)
        return super().sample(n)


@right("kde")
class KernelsOfVariance(KernelDensity):
    def __init__(self, bandwidth=0.1, random_state=None):
        super().__init__(np.sqrt(bandwidth), random_state)


@right("kde")
class KernelsLikeTheDiscrepancy(KernelDensity):
    def __init__(self, bandwidth=0.1, random_state=None):
        super().__init__(bandwidth / np.sqrt(2), random_state)


@right("mmd")
def discrepancy_biased(X, Y, kernel="se", bandwidth=0.2):
    return mmd_module.mmd_squared(X, Y, kernel, bandwidth, unbiased=False)


@right("mmd")
def discrepancy_in_single_precision(X, Y, kernel="se", bandwidth=0.2):
    X, Y = np.asarray(X, np.float32), np.asarray(Y, np.float32)

    def mean(A, B):
        q = np.maximum((A**2).sum(1)[:, None] + (B**2).sum(1) - 2 * A @ B.T, 0) / np.float32(bandwidth) ** 2
        return (np.exp(-q) if kernel == "se" else 1 / np.sqrt(1 + q)).mean()

    return mean(X, X) + mean(Y, Y) - 2 * mean(X, Y)


@mutant("gmm", fit="partial")
class MixtureKeepsFirstMeans(Mixture):
    def fit(self, X):
        first = getattr(self, "means_", None)
        super().fit(X)
        if first is not None:
            self.means_ = (first + self.means_) / 2
        return self
