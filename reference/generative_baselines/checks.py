"""The checks of the sheet: data and hyperparameters that make mistakes large, and whom to blame for what is seen.

Order within a model: the density first; a sampler is judged against the team's own density where that passed,
otherwise against the truth and, where that does not fit either, against the team's own density once more, so
that one mistake costs one item. Each model is questioned in its own file below ``questions``.
"""

from reference.generative_baselines.questions.discrepancy_estimate import mmd_estimator
from reference.generative_baselines.questions.discrepancy_kernel import mmd_kernel
from reference.generative_baselines.questions.gaussian import gaussian_density, gaussian_sampling
from reference.generative_baselines.questions.histogram import (
    histogram_density,
    histogram_fit,
    histogram_sampling,
)
from reference.generative_baselines.questions.interface import sklearn_interface
from reference.generative_baselines.questions.kernel_density import kde_density, kde_sampling
from reference.generative_baselines.questions.mixture import (
    gmm_density,
    gmm_fit,
    gmm_sampling,
    one_component_equals_gaussian,
)

__all__ = [
    "gaussian_density",
    "gaussian_sampling",
    "gmm_density",
    "gmm_fit",
    "gmm_sampling",
    "histogram_density",
    "histogram_fit",
    "histogram_sampling",
    "kde_density",
    "kde_sampling",
    "mmd_estimator",
    "mmd_kernel",
    "one_component_equals_gaussian",
    "sklearn_interface",
]
