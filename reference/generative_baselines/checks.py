"""The checks of the sheet: data and hyperparameters that make mistakes large, and whom to blame for what is seen.

Order within a model: the density first; a sampler is judged against the team's own density where that passed,
otherwise against the truth and, where that does not fit either, against the team's own density once more, so
that one mistake costs one item. Each model is questioned in its own file below ``questions``.
"""

from reference.generative_baselines.questions.axes import equal_axes, labelled_figures, representation
from reference.generative_baselines.questions.bandwidth import bandwidth_choice
from reference.generative_baselines.questions.data_use import moons_data
from reference.generative_baselines.questions.digits_models import digits_density_forest, digits_models
from reference.generative_baselines.questions.digits_recognition import (
    digits_classifier,
    digits_proportions,
    digits_recognisability,
)
from reference.generative_baselines.questions.digits_samples import digits_findings, digits_samples
from reference.generative_baselines.questions.digits_studies import digits_mmd, digits_study
from reference.generative_baselines.questions.discrepancy_estimate import mmd_estimator
from reference.generative_baselines.questions.discrepancy_kernel import mmd_kernel
from reference.generative_baselines.questions.efficiency import mmd_vectorised
from reference.generative_baselines.questions.from_scratch import written_from_scratch
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
from reference.generative_baselines.questions.plots import density_plots, representative_plots, sample_plots
from reference.generative_baselines.questions.prose import plots_findings, study_findings
from reference.generative_baselines.questions.studies import (
    accuracy_study,
    hyperparameter_study,
    training_size_study,
)

__all__ = [
    "accuracy_study",
    "bandwidth_choice",
    "density_plots",
    "digits_classifier",
    "digits_density_forest",
    "digits_findings",
    "digits_mmd",
    "digits_models",
    "digits_proportions",
    "digits_recognisability",
    "digits_samples",
    "digits_study",
    "equal_axes",
    "gaussian_density",
    "gaussian_sampling",
    "gmm_density",
    "gmm_fit",
    "gmm_sampling",
    "histogram_density",
    "histogram_fit",
    "histogram_sampling",
    "hyperparameter_study",
    "kde_density",
    "kde_sampling",
    "labelled_figures",
    "mmd_estimator",
    "mmd_kernel",
    "mmd_vectorised",
    "moons_data",
    "one_component_equals_gaussian",
    "plots_findings",
    "representation",
    "representative_plots",
    "sample_plots",
    "sklearn_interface",
    "study_findings",
    "training_size_study",
    "written_from_scratch",
]
