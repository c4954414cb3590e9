"""The models at work on two moons: fitted, evaluated by MMD² on unseen data, and drawn."""

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons


def moons(size):
    """Return a fresh two-moons sample of shape (size, 2), without its labels."""
    return make_moons(size, noise=0.1)[0]


train, test = moons(500), moons(500)
fitted = {
    "histogram": Histogram2D(bins=15).fit(train),  # noqa: F821
    "Gaussian": Gaussian().fit(train),  # noqa: F821
    "mixture": GaussianMixture(n_components=8, n_init=2).fit(train),  # noqa: F821
    "kernel density": KernelDensity(bandwidth=0.1).fit(train),  # noqa: F821
}

# %%
bandwidths = [0.1, 0.2, 0.4]
accuracy = {
    name: np.mean([mmd_squared(test, model.sample(500), "se", h) for h in bandwidths])  # noqa: F821
    for name, model in fitted.items()
}
for name, value in accuracy.items():
    print(f"{name:15s} MMD² to unseen moons {value:.4f}")

# %%
axis_x, axis_y = np.meshgrid(np.linspace(-1.6, 2.6, 90), np.linspace(-1.1, 1.6, 70))
grid = np.column_stack([axis_x.ravel(), axis_y.ravel()])
figure, panels = plt.subplots(2, 4, figsize=(14, 6))
for column, (name, model) in enumerate(fitted.items()):
    density = np.exp(model.score_samples(grid)).reshape(axis_x.shape)
    panels[0, column].pcolormesh(axis_x, axis_y, density)
    panels[0, column].set_title(f"density, {name}")
    panels[1, column].scatter(*model.sample(500).T, s=4)
    panels[1, column].set_title(f"samples, {name}")
    for panel in panels[:, column]:
        panel.axis("equal")
        panel.set(xlabel="x", ylabel="y")
figure.tight_layout()
plt.show()
