"""The four density models and the discrepancy of the sheet, written from scratch with NumPy."""

from reference.generative_baselines.models.discrepancy import (
    inverse_multiquadric,
    mmd_squared,
    squared_exponential,
)
from reference.generative_baselines.models.gaussian import Gaussian
from reference.generative_baselines.models.histogram import Histogram2D
from reference.generative_baselines.models.kernel_density import KernelDensity
from reference.generative_baselines.models.mixture import GaussianMixture

__all__ = [
    "Gaussian",
    "GaussianMixture",
    "Histogram2D",
    "KernelDensity",
    "inverse_multiquadric",
    "mmd_squared",
    "squared_exponential",
]
