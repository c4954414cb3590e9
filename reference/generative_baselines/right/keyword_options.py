"""
habit: >-
  Constructors take keyword options and keep them in a dictionary; MMD² comes for both kernels and all
  bandwidths at once, as a dictionary with (kernel, bandwidth) as key.
"""


class Histogram2D:
    def __init__(self, **options):
        settings = {"bins": 20, **options}
        self.bins = settings["bins"]
        self.bin_range = None
        self.random_state = None


class GaussianMixture:
    def __init__(self, **options):
        self.n_components = options.get("k", 1)
        self.n_init, self.max_iterations, self.tolerance, self.regularisation = 4, 200, 1e-6, 1e-6
        self.random_state = None


class KernelDensity:
    def __init__(self, **options):
        self.bandwidth = options.pop("h", 0.1)
        self.random_state = None


def mmd_squared(X, Y, bandwidths):
    distances = [cdist(A, B, "sqeuclidean") for A, B in ((X, X), (Y, Y), (X, Y))]
    values = {}
    for name, kernel in (("se", squared_exponential), ("imq", inverse_multiquadric)):
        for bandwidth in bandwidths:
            within_x, within_y, between = (kernel(d, bandwidth).mean() for d in distances)
            values[name, bandwidth] = within_x + within_y - 2 * between
    return values
