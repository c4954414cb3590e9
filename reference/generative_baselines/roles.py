"""The reference in the words of the rubric: role -> class or function with canonical parameter names."""

from reference.generative_baselines.models import (
    Gaussian,
    GaussianMixture,
    Histogram2D,
    KernelDensity,
    mmd_squared,
)


class Mixture(GaussianMixture):
    """The Gaussian mixture, built with `components` as the rubric names them."""

    def __init__(self, components=1, random_state=None):
        super().__init__(n_components=components, random_state=random_state)
        self.components = components


ROLES = {
    "histogram": Histogram2D,
    "gaussian": Gaussian,
    "gmm": Mixture,
    "kde": KernelDensity,
    "mmd": mmd_squared,
}
