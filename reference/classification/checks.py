"""The checks of the sheet; each matter is questioned in its own file below ``questions``.

A mistake costs once: labels, densities and decisions that follow from a hand-in's own wrong neighbours or wrong
parameters are right, and the neighbours or parameters lose their own item.
"""

from reference.classification.questions.class_shares import class_probabilities
from reference.classification.questions.densities import class_density, density
from reference.classification.questions.least_squares import least_squares_fit, least_squares_predict
from reference.classification.questions.neighbours import nearest_neighbours
from reference.classification.questions.rules import numpy_alone
from reference.classification.questions.run_least_squares import (
    outlier_accuracy,
    outlier_boundaries,
    outlier_plots,
    outlier_sets,
)
from reference.classification.questions.run_neighbours import (
    compared_with_library,
    density_figures,
    neighbours_boundary,
    neighbours_data_plot,
    neighbours_sweep,
)
from reference.classification.questions.run_prose import derivation, neighbours_findings, outlier_findings
from reference.classification.questions.run_softmax import digits_split, final_accuracy, training_curves
from reference.classification.questions.softmax import softmax_gradient
from reference.classification.questions.softmax_stability import softmax_stable
from reference.classification.questions.softmax_training import softmax_training
from reference.classification.questions.speed import neighbours_vectorised
from reference.classification.questions.votes import predicted_labels, same_as_scikit_learn

__all__ = [
    "class_density",
    "class_probabilities",
    "compared_with_library",
    "density",
    "density_figures",
    "derivation",
    "digits_split",
    "final_accuracy",
    "least_squares_fit",
    "least_squares_predict",
    "nearest_neighbours",
    "neighbours_boundary",
    "neighbours_data_plot",
    "neighbours_findings",
    "neighbours_sweep",
    "neighbours_vectorised",
    "numpy_alone",
    "outlier_accuracy",
    "outlier_boundaries",
    "outlier_findings",
    "outlier_plots",
    "outlier_sets",
    "predicted_labels",
    "same_as_scikit_learn",
    "softmax_gradient",
    "softmax_stable",
    "softmax_training",
    "training_curves",
]
