# ruff: noqa: E402, F821
# %% [markdown]
# # Generative baselines: a solution
#
# Four classical density models learn two moons, and their scikit-learn counterparts learn handwritten digits.
# How good a model is, is measured by the maximum mean discrepancy (MMD²) between what it generates and true
# data that it has not seen.

# %% tag: effort
effort = "quick"  # or "full"
quick = effort == "quick"

# %% tag: setup
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from density_forest import DensityForest
from matplotlib.colors import PowerNorm
from matplotlib.patches import Ellipse
from sklearn import mixture, neighbors
from sklearn.datasets import load_digits, make_moons
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split

COLOURS = {
    "histogram": "#4477AA",
    "density forest": "#4477AA",
    "Gaussian": "#EE6677",
    "mixture": "#228833",
    "kernel density": "#AA3377",
    "true data": "#555555",
}
KERNELS = {"se": "squared exponential", "imq": "inverse multi-quadratic"}
plt.rcParams.update({
    "figure.dpi": 80, "savefig.dpi": 80, "font.size": 9, "axes.titlesize": 10, "axes.spines.top": False,
    "axes.spines.right": False, "legend.frameon": False, "figure.constrained_layout.use": True,
    "lines.markersize": 4,
})  # fmt: skip

# %% [markdown]
# ## Task 1: two-dimensional data
# ### The models
# Each class has `fit`, `sample` and `score_samples`, and nothing of them is taken from scikit-learn.

# %% tag: models_histogram include: models/histogram.py

# %% tag: models_gaussian include: models/gaussian.py

# %% tag: models_mixture include: models/mixture.py

# %% tag: models_kernel_density include: models/kernel_density.py

# %% [markdown]
# ### The data
# Every training set and every test set is a new draw, so that no model is ever measured on points it knows.
#
# `make_moons` spaces its points evenly along the two arcs and only then adds noise. Two such sets agree better than
# independent draws can: their unbiased MMD² is clearly negative. A random part of a larger set behaves like
# independent draws, so that zero means "as good as the truth".


# %% tag: data
def moons(size, seed):
    """Draw two moons of shape (size, 2); the labels are not used."""
    pool, _ = make_moons(20 * size, noise=0.1, random_state=seed)
    return np.random.default_rng(seed).permutation(pool)[:size]


train, test = moons(500, seed=1), moons(500, seed=2)

figure, panels = plt.subplots(1, 3, figsize=(9, 2.6))
for panel, size in zip(panels, (50, 200, 1000), strict=True):
    panel.scatter(*moons(size, seed=size).T, s=3, color=COLOURS["true data"])
    panel.set(title=f"{size} points", xlabel="x", ylabel="y")
    panel.axis("equal")
    panel.set(adjustable="box", xlim=(-1.5, 2.5), ylim=(-1, 1.5))
figure.suptitle("Training sets of different sizes")
plt.show()

# %% [markdown]
# A mixture of one component must be the single Gaussian. This tests both classes at once:

# %% tag: models_check
single, one_component = Gaussian().fit(train), GaussianMixture(n_components=1).fit(train)
gap = np.abs(single.score_samples(test) - one_component.score_samples(test)).max()
print(f"largest difference of the two log-densities: {gap:.1e} nats")
assert gap < 1e-8

# %% [markdown]
# ### The metric
# MMD² compares mean kernel values within the two samples with those between them. The unbiased estimate leaves
# out each point's kernel with itself; its mean is zero for equal distributions, so it may come out negative.

# %% tag: mmd include: models/discrepancy.py

# %% [markdown] tag: bandwidth
# **Which bandwidth?** A very small h only sees whether points coincide, a very large h only compares the
# means. A useful h tells models apart by much more than two true samples differ by chance. So we divide the
# MMD² of each model by the standard deviation of MMD² between independent true samples, and look where a poor
# model (Gaussian), a coarse one (histogram of 4 x 4 bins) and a good one come out most clearly apart. Where many
# bandwidths do equally well we take a large one, because it looks beyond nearest neighbours.

# %% tag: bandwidth
widths = np.geomspace(0.02, 10, 9 if quick else 19)
judged = {
    "histogram": Histogram2D(bins=4, random_state=3).fit(train),
    "Gaussian": Gaussian(random_state=4).fit(train),
    "kernel density": KernelDensity(bandwidth=0.1, random_state=5).fit(train),
}
LABELS = {
    "histogram": "histogram, 4 x 4 bins",
    "Gaussian": "Gaussian",
    "kernel density": "kernel density, 0.1",
}
seen = 200 if quick else 500  # points in every sample
draws = [(moons(seen, seed=100 + k), moons(seen, seed=200 + k)) for k in range(6 if quick else 30)]


def picked(panel, start, wanted=True):
    """Return handles and labels of the legend entries that do (or do not) begin with `start`."""
    entries = zip(*panel.get_legend_handles_labels(), strict=True)
    return tuple(zip(*[e for e in entries if e[1].startswith(start) is wanted], strict=True))


def clearest(candidates, clearness):
    """Return the largest candidate that is at least 85 % as clear as the best one."""
    return float(candidates[np.flatnonzero(clearness >= 0.85 * clearness.max())[-1]])


best_width = {}
figure, panels = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True)
for panel, kernel in zip(panels, KERNELS, strict=True):
    chance = np.array([[mmd_squared(a, b, kernel, h) for h in widths] for a, b in draws]).std(axis=0)
    clearness = {}
    for name, model in judged.items():
        values = [[mmd_squared(a, model.sample(seen), kernel, h) for h in widths] for a, _ in draws]
        clearness[name] = np.mean(values, axis=0) / chance
        panel.plot(widths, clearness[name], "o-", color=COLOURS[name], label=LABELS[name])
    gaps = np.minimum(clearness["Gaussian"], clearness["histogram"]) - clearness["kernel density"]
    best_width[kernel] = clearest(widths, gaps)
    panel.axvline(
        best_width[kernel], color="black", linestyle=":", label=f"chosen: h = {best_width[kernel]:.2f}"
    )
    panel.axhspan(-2, 2, color="0.9", label="chance (± 2 standard deviations)")
    panel.set(title=f"{KERNELS[kernel]} kernel", xlabel="kernel bandwidth h", xscale="log")
    panel.legend(*picked(panel, "chosen"), fontsize=8)
panels[0].set_ylabel("MMD² in deviations by chance")
figure.legend(*picked(panel, "chosen", False), loc="outside lower center", ncols=5, fontsize=8)
figure.suptitle("How clearly MMD² tells models from the truth")
plt.show()

# %% [markdown]
# ### Accuracy of the four models
# The mean of several repetitions, each with its own training set, its own generated sample and its own test set.
# The last row is what two independent true samples give: no model can be better than that except by chance.


# %% tag: accuracy
def repeated_accuracy(make_model, training_size, repeats):
    """Return MMD² on unseen moons, shape (repeats, 2): one column per kernel."""
    values = []
    for seed in range(repeats):
        model = make_model(seed).fit(moons(training_size, seed=1000 + seed))
        unseen, generated = moons(test_size, seed=5000 + seed), model.sample(test_size)
        values.append([mmd_squared(unseen, generated, k, h) for k, h in best_width.items()])
    return np.array(values)


test_size, repeats = (300, 3) if quick else (1000, 8)
DEFAULTS = {
    "histogram": lambda seed: Histogram2D(bins=16, random_state=seed),
    "Gaussian": lambda seed: Gaussian(random_state=seed),
    "mixture": lambda seed: GaussianMixture(
        n_components=8, n_init=1 if quick else 4, tolerance=1e-3 if quick else 1e-5, random_state=seed
    ),
    "kernel density": lambda seed: KernelDensity(bandwidth=0.1, random_state=seed),
}
true_pairs = [(moons(test_size, 7000 + k), moons(test_size, 8000 + k)) for k in range(15 if quick else 60)]
level = np.array([[mmd_squared(a, b, k, h) for k, h in best_width.items()] for a, b in true_pairs])
accuracies = {name: repeated_accuracy(make, 500, repeats) for name, make in DEFAULTS.items()}

rows = {**accuracies, "true data": level}
table = pd.DataFrame(
    {
        f"{KERNELS[kernel]} (h = {best_width[kernel]:.2f})": [
            f"{1000 * values[:, k].mean():7.2f} ± {1000 * values[:, k].std():.2f}" for values in rows.values()
        ]
        for k, kernel in enumerate(KERNELS)
    },
    index=list(rows),
)
print("1000 x MMD² between model and unseen data (mean ± standard deviation)")
table  # noqa: B018

# %% [markdown]
# ### Dependence on the hyperparameters

# %% tag: hyperparameters
STUDIES = {
    "histogram": (
        "bin size along x",
        [2, 4, 8, 16, 32, 64],
        lambda value, seed: Histogram2D(bins=value, random_state=seed),
    ),
    "mixture": (
        "number of components",
        [1, 2, 4, 8, 16] if quick else [1, 2, 3, 4, 6, 8, 12, 16, 24],
        lambda value, seed: GaussianMixture(
            n_components=value,
            n_init=1 if quick else 3,
            tolerance=1e-3 if quick else 1e-5,
            max_iterations=60 if quick else 200,
            random_state=seed,
        ),
    ),
    "kernel density": (
        "bandwidth of the density's kernel",
        [0.02, 0.05, 0.1, 0.2, 0.4, 0.8],
        lambda value, seed: KernelDensity(bandwidth=value, random_state=seed),
    ),
}
extent = np.ptp(train[:, 0])  # bins are reported by their size: range of x divided by their number


def draw_level(panel, values):
    """Draw what two true samples reach: mean and two standard deviations of `values`."""
    panel.axhspan(
        values.mean() - 2 * values.std(),
        values.mean() + 2 * values.std(),
        color="0.9",
        label="two true samples (± 2 deviations)",
    )
    panel.axhline(0, color="0.6", linewidth=0.8)
    panel.set_yscale("symlog", linthresh=3 * values.std())


figure, panels = plt.subplots(1, 3, figsize=(11, 3.4), sharey=True)
for panel, (name, (label, settings, make)) in zip(panels, STUDIES.items(), strict=True):
    results = np.array([repeated_accuracy(partial(make, s), 500, repeats) for s in settings])
    shown = extent / np.array(settings) if name == "histogram" else np.array(settings)
    draw_level(panel, level[:, 0])
    for k, (kernel, style) in enumerate(zip(KERNELS, ("o-", "s--"), strict=True)):
        mean, spread = results[:, :, k].mean(axis=1), results[:, :, k].std(axis=1)
        panel.errorbar(
            shown,
            mean,
            spread,
            fmt=style,
            color=COLOURS[name],
            alpha=1 - 0.4 * k,
            capsize=2,
            label=KERNELS[kernel],
        )
    panel.set(title=name, xlabel=label, xscale="log")
    panel.set_xticks(shown, [f"{value:.2g}" for value in shown], minor=False)
    panel.minorticks_off()
panels[0].set_ylabel("MMD² to unseen data")
panels[0].set_ylim(bottom=-3 * level[:, 0].std())
panels[0].legend(fontsize=8, loc="upper left")
figure.suptitle("Accuracy and hyperparameters, 500 training points (mean ± standard deviation)")
plt.show()

# %% [markdown]
# ### Dependence on the size of the training set

# %% tag: training_size
sizes = [25, 70, 200, 500, 1000] if quick else [25, 50, 100, 200, 500, 1000, 2000]
growth = {
    name: np.array([repeated_accuracy(make, size, repeats) for size in sizes])
    for name, make in DEFAULTS.items()
}
figure, panels = plt.subplots(1, 2, figsize=(10, 3.4), sharey=True)
for k, (panel, kernel) in enumerate(zip(panels, KERNELS, strict=True)):
    draw_level(panel, level[:, k])
    for name, values in growth.items():
        mean, spread = values[:, :, k].mean(axis=1), values[:, :, k].std(axis=1)
        panel.plot(sizes, mean, "o-", color=COLOURS[name], label=name)
        panel.fill_between(sizes, mean - spread, mean + spread, color=COLOURS[name], alpha=0.15, linewidth=0)
    panel.set(title=f"{KERNELS[kernel]} kernel", xlabel="number of training points", xscale="log")
    panel.set_xticks(sizes, [str(size) for size in sizes])
    panel.minorticks_off()
panels[0].set_ylabel("MMD² to unseen data")
panels[0].set_ylim(bottom=-3 * level[:, 0].std())
figure.legend(*picked(panel, ""), loc="outside lower center", ncols=5, fontsize=8)
figure.suptitle("Accuracy and size of the training set (mean and standard deviation)")
plt.show()

# %% [markdown] tag: findings
# **What we see.**
# * The *Gaussian* is the worst model at every size. More data do not help it, because no ellipse looks like two
#   moons: its error is bias, and its curve is flat beyond about 100 points.
# * The *histogram* has an optimum. Large bins smear the moons over the gap between them; with ever smaller bins
#   MMD² stays low although the density becomes a heap of spikes, because sampling from tiny bins nearly repeats
#   training points, and a repeated true point is a true point. A low MMD² alone thus does not show overfitting.
# * The *mixture* improves up to about eight components, which cover the moons by short straight pieces, and then
#   levels off: what is left is the error of a training set of 500. With few training points extra components harm.
# * The *kernel density estimator* is excellent for bandwidths up to the noise level 0.1 and gets steadily worse
#   above 0.2, where the kernels bridge the gap. Towards bandwidth zero the same caution holds as for tiny bins.
# * With growing training sets histogram and mixture reach the band of two true samples. The kernel density
#   estimator comes close, but with its bandwidth kept at 0.1 it always blurs a little; the bandwidth should
#   shrink as the training set grows.
# * Both kernels rank the models equally. The inverse multi-quadratic kernel has long tails, so it works over a
#   wider range of bandwidths and wants smaller ones.

# %% [markdown]
# ### Representative models: densities and samples
# For each kind a good one, and bad ones: too coarse and too fine.

# %% tag: representative
REPRESENTATIVE = {
    ("histogram", "3 x 3 bins: too coarse"): Histogram2D(bins=3, random_state=1),
    ("histogram", "16 x 16 bins: good"): Histogram2D(bins=16, random_state=1),
    ("histogram", "45 x 45 bins: too fine"): Histogram2D(bins=45, random_state=1),
    ("Gaussian", "any setting: too coarse"): Gaussian(random_state=1),
    ("mixture", "8 components: good"): GaussianMixture(n_components=8, random_state=1),
    ("mixture", "40 components: too fine"): GaussianMixture(
        n_components=40, n_init=1, max_iterations=60, regularisation=1e-4, random_state=1
    ),
    ("kernel density", "bandwidth 0.5: too coarse"): KernelDensity(bandwidth=0.5, random_state=1),
    ("kernel density", "bandwidth 0.1: good"): KernelDensity(bandwidth=0.1, random_state=1),
    ("kernel density", "bandwidth 0.04: too fine"): KernelDensity(bandwidth=0.04, random_state=1),
}
for model in REPRESENTATIVE.values():
    model.fit(train)

# %% tag: density_plots
step = 0.04 if quick else 0.02  # not coarser than the finest bins and the smallest bandwidth above
LEVELS = plt.get_cmap("magma_r", 14)
axis_x, axis_y = np.meshgrid(np.arange(-1.6, 2.6, step), np.arange(-1.1, 1.6, step))
grid = np.column_stack([axis_x.ravel(), axis_y.ravel()])

figure, panels = plt.subplots(3, 3, figsize=(10, 7))
for panel, ((name, label), model) in zip(panels.flat, REPRESENTATIVE.items(), strict=True):
    density = np.exp(model.score_samples(grid)).reshape(axis_x.shape)
    mesh = panel.pcolormesh(axis_x, axis_y, density, cmap=LEVELS, norm=PowerNorm(0.5, vmin=0, vmax=1.5))
    panel.set(title=f"{name}, {label}", xlabel="x", ylabel="y")
    panel.axis("equal")
    panel.set(adjustable="box", xlim=(-1.6, 2.6), ylim=(-1.1, 1.6))
figure.colorbar(mesh, ax=panels, label="density (values above 1.5 share a colour)", extend="max", shrink=0.6)
figure.suptitle("Learned densities")
plt.show()

# %% tag: sample_plots
figure, panels = plt.subplots(3, 3, figsize=(10, 7))
for panel, ((name, label), model) in zip(panels.flat, REPRESENTATIVE.items(), strict=True):
    panel.scatter(*model.sample(400).T, s=4, linewidths=0, color=COLOURS[name])
    panel.set(title=f"{name}, {label}", xlabel="x", ylabel="y")
    panel.axis("equal")
    panel.set(adjustable="box", xlim=(-2.1, 3.1), ylim=(-1.5, 1.9))
figure.suptitle("Generated data, 400 points from each model")
plt.show()

# %% [markdown]
# What the models are made of, on top of their densities:

# %% tag: representation
figure, panels = plt.subplots(1, 3, figsize=(11, 3.2))
good = {name: model for (name, label), model in REPRESENTATIVE.items() if label.endswith("good")}
for panel, model in zip(panels, good.values(), strict=True):
    density = np.exp(model.score_samples(grid)).reshape(axis_x.shape)
    panel.pcolormesh(
        axis_x, axis_y, density, cmap=plt.get_cmap("Greys", 10), norm=PowerNorm(0.5, vmin=0, vmax=1.5)
    )
    panel.axis("equal")
    panel.set(xlabel="x", ylabel="y", adjustable="box", xlim=(-1.6, 2.6), ylim=(-1.1, 1.6))
panels[0].vlines(
    good["histogram"].x_edges_, *good["histogram"].y_edges_[[0, -1]], COLOURS["histogram"], linewidth=0.5
)
panels[0].hlines(
    good["histogram"].y_edges_, *good["histogram"].x_edges_[[0, -1]], COLOURS["histogram"], linewidth=0.5
)
panels[0].set_title("histogram: its grid of bins")
for weight, mean, covariance in zip(
    good["mixture"].weights_, good["mixture"].means_, good["mixture"].covariances_, strict=True
):
    variances, directions = np.linalg.eigh(covariance)
    angle = np.degrees(np.arctan2(directions[1, 1], directions[0, 1]))
    for deviations in (1, 2):
        panels[1].add_patch(
            Ellipse(
                mean, *(2 * deviations * np.sqrt(variances[::-1])), angle=angle, fill=False,
                color=COLOURS["mixture"], alpha=1.2 - 0.4 * deviations,
            )
        )  # fmt: skip
    panels[1].annotate(
        f"{weight:.2f}", mean, fontsize=8, ha="center", va="center", color="white", weight="bold"
    )
panels[1].set_title("mixture: components at 1 and 2 deviations, weights")
panels[2].scatter(*good["kernel density"].data_.T, s=2, color=COLOURS["kernel density"])
for centre in good["kernel density"].data_[::25]:
    panels[2].add_patch(plt.Circle(centre, 0.1, fill=False, color=COLOURS["kernel density"], linewidth=0.8))
panels[2].set_title("kernel density: centres, some kernels")
figure.suptitle("Inside the good models")
plt.show()

# %% [markdown] tag: plots_findings
# **Strengths and weaknesses.**
# * *Histogram*: simple, fast, and it follows any shape, but the density jumps at the borders of the bins, corners
#   of the bins stick out of the moons, and everything outside the grid is impossible. Too few bins merge the
#   moons; too many leave empty bins between training points, so unseen points get density zero.
# * *Gaussian*: stable even with very little data, and a closed form, but it fills the empty space between the
#   moons, where it even puts its maximum.
# * *Mixture*: few numbers describe the moons well, the density is smooth, and its pieces can be interpreted. It
#   depends on the start of the iteration, and with too many components single ones shrink onto a few points.
# * *Kernel density*: no training at all, smooth and accurate, but it must keep the whole training set, evaluation
#   gets slow with it, and the bandwidth decides everything: 0.04 shows islands around training points, 0.5 blurs
#   both moons into one cloud.

# %% [markdown]
# ## Task 2: handwritten digits
# Images of 8 x 8 pixels with values 0 to 16 are points in 64 dimensions. Now the models are those of
# scikit-learn, and the histogram gives way to a density forest.

# %% tag: digits_data
digits, labels = load_digits(return_X_y=True)
digits_train, digits_test, labels_train, labels_test = train_test_split(
    digits, labels, test_size=500, stratify=labels, random_state=0
)
print(
    f"{len(digits_train)} training digits and {len(digits_test)} test digits with {digits.shape[1]} pixels each"
)

# %% tag: digits_models
trees = 12 if quick else 100
DIGIT_MODELS = {
    "density forest": lambda seed: DensityForest(n_estimators=trees, slab_gain=1.0, random_state=seed),
    "Gaussian": lambda seed: mixture.GaussianMixture(1, reg_covar=0.1, random_state=seed),
    "mixture": lambda seed: mixture.GaussianMixture(
        20, reg_covar=0.3, max_iter=40, tol=0.01, random_state=seed
    ),
    "kernel density": lambda seed: neighbors.KernelDensity(bandwidth=1.5),
}


def draw(model, size, seed):
    """Draw an array of shape (size, 64) from any of the models, which spell sampling differently."""
    if isinstance(model, neighbors.KernelDensity):
        return model.sample(size, random_state=seed)
    drawn = model.sample(size)
    if not isinstance(drawn, tuple):
        return drawn
    # scikit-learn's mixture returns the components as well, and its points are sorted by them
    return np.random.default_rng(seed).permutation(drawn[0])


fitted = {name: make(0).fit(digits_train) for name, make in DIGIT_MODELS.items()}
generated = {name: draw(model, 1000, seed=1) for name, model in fitted.items()}

# %% [markdown]
# ### Accuracy on unseen digits
# The bandwidth is chosen as before. For h far below the usual distance between digits (about 45) all points look
# equally far apart; far above it only the mean matters.

# %% tag: digits_mmd
digit_widths = np.geomspace(3, 300, 7 if quick else 17)
halves = [np.random.default_rng(k).permutation(len(digits)) for k in range(6 if quick else 25)]
part = 200 if quick else 500  # digits compared per bandwidth
figure, panels = plt.subplots(1, 2, figsize=(10, 3.3), sharey=True)
digit_width = {}
for panel, kernel in zip(panels, KERNELS, strict=True):
    chance = np.array(
        [[mmd_squared(digits[p[:part]], digits[p[-part:]], kernel, h) for h in digit_widths] for p in halves]
    ).std(axis=0)
    gaps = {}
    for name, sample in generated.items():
        values = [mmd_squared(digits_test[:part], sample[:part], kernel, h) for h in digit_widths]
        gaps[name] = np.array(values) / chance
        panel.plot(digit_widths, gaps[name], "o-", color=COLOURS[name], label=name)
    digit_width[kernel] = clearest(digit_widths, np.mean(list(gaps.values()), axis=0))
    panel.axvline(
        digit_width[kernel], color="black", linestyle=":", label=f"chosen: h = {digit_width[kernel]:.0f}"
    )
    panel.axhspan(-2, 2, color="0.9", label="chance (± 2 standard deviations)")
    panel.set(title=f"{KERNELS[kernel]} kernel", xlabel="kernel bandwidth h (grey values)", xscale="log")
    panel.legend(*picked(panel, "chosen"), fontsize=8)
panels[0].set_ylabel("MMD² in deviations by chance")
figure.legend(*picked(panel, "chosen", False), loc="outside lower center", ncols=5, fontsize=8)
figure.suptitle("Digits: how clearly MMD² tells models from unseen digits")
plt.show()

chance_level = np.array(
    [
        [mmd_squared(digits[p[:500]], digits[p[500:1000]], k, h) for k, h in digit_width.items()]
        for p in halves
    ]
)
values = {
    name: [mmd_squared(digits_test, sample, kernel, h) for kernel, h in digit_width.items()]
    for name, sample in generated.items()
}
values["true data"] = list(chance_level.mean(axis=0))
print("1000 x MMD² between generated and unseen digits")
(1000 * pd.DataFrame(values, index=[f"{KERNELS[k]} (h = {h:.0f})" for k, h in digit_width.items()]).T).round(
    2
)

# %% [markdown]
# ### Hyperparameters and size of the training set

# %% tag: digits_study
DIGIT_STUDIES = {
    "density forest": (
        "greatest depth of the trees",
        [2, 4, 8, 16, 32] if quick else [1, 2, 4, 8, 12, 16, 24, 32],
        lambda value, seed: DensityForest(
            6 if quick else 50, max_depth=value, slab_gain=1.0, random_state=seed
        ),
    ),
    "mixture": (
        "number of components",
        [1, 4, 16] if quick else [1, 2, 5, 10, 20, 40],
        lambda value, seed: mixture.GaussianMixture(
            value, reg_covar=0.3, max_iter=20, tol=0.05, random_state=seed
        ),
    ),
    "kernel density": (
        "bandwidth (grey values)",
        [0.5, 1, 1.5, 2, 3, 5, 8],
        lambda value, seed: neighbors.KernelDensity(bandwidth=value),
    ),
}


def digit_accuracy(make_model, size, repeats):
    """Return MMD² (squared exponential) to unseen digits for models of `size` training digits, (repeats,)."""
    results = []
    for seed in range(repeats):
        chosen = np.random.default_rng(seed).choice(len(digits_train), size, replace=False)
        model = make_model(seed).fit(digits_train[chosen])
        results.append(
            mmd_squared(digits_test, draw(model, 300 if quick else 1000, seed), "se", digit_width["se"])
        )
    return np.array(results)


digit_repeats = 1 if quick else 5
figure, panels = plt.subplots(1, 4, figsize=(13, 3.4), sharey=True)
for panel, (name, (label, settings, make)) in zip(panels, DIGIT_STUDIES.items(), strict=False):
    results = np.array([digit_accuracy(partial(make, s), 1200, digit_repeats) for s in settings])
    draw_level(panel, chance_level[:, 0])
    panel.errorbar(
        settings, results.mean(1), results.std(1), fmt="o-", capsize=2, color=COLOURS[name], label=name
    )
    panel.set(title=name, xlabel=label, xscale="log")
    panel.set_xticks(settings, [f"{value:g}" for value in settings])
    panel.minorticks_off()
digit_sizes = [50, 250, 1200] if quick else [50, 100, 200, 400, 800, 1200]
draw_level(panels[3], chance_level[:, 0])
for name, make in DIGIT_MODELS.items():
    means = [
        digit_accuracy(
            (
                lambda seed, n=n: mixture.GaussianMixture(
                    max(1, n // 75), reg_covar=0.3, max_iter=20, random_state=seed
                )
            )
            if name == "mixture"
            else make,
            n,
            digit_repeats,
        ).mean()
        for n in digit_sizes
    ]
    panels[3].plot(digit_sizes, means, "o-", color=COLOURS[name], label=name)
panels[3].set(title="all models", xlabel="number of training digits", xscale="log")
panels[3].set_xticks(digit_sizes, [str(size) for size in digit_sizes])
panels[3].minorticks_off()
figure.legend(*picked(panels[3], ""), loc="outside lower center", ncols=5, fontsize=8)
panels[0].set_ylabel("MMD² to unseen digits")
panels[0].set_ylim(bottom=-3 * chance_level[:, 0].std())
figure.suptitle("Digits: accuracy, hyperparameters and training size (grey band: two true samples)")
plt.show()

# %% [markdown]
# ### Generated digits

# %% tag: digits_samples
coarse = {
    "density forest, depth 2": DensityForest(5, max_depth=2, random_state=2).fit(digits_train).sample(12),
    "kernel density, bandwidth 5": neighbors.KernelDensity(bandwidth=5)
    .fit(digits_train)
    .sample(12, random_state=2),
}
shown = {"true data": digits_test, **generated, **coarse}
figure, panels = plt.subplots(len(shown), 10, figsize=(7.2, 0.68 * len(shown)), layout="none")
for row, (name, images) in zip(panels, shown.items(), strict=True):
    for panel, image in zip(row, images[:10], strict=True):
        picture = panel.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
        panel.axis("off")
    row[0].text(-1.5, 3.5, name.replace(", ", ",\n"), ha="right", va="center")
figure.colorbar(picture, ax=panels, label="grey value", shrink=0.5, aspect=30, pad=0.02)
figure.suptitle("Digits, true and generated")
plt.show()

# %% [markdown]
# ### A classifier as the judge
# A random forest learns the ten classes from the original training digits.

# %% tag: digits_classifier
classifier = RandomForestClassifier(n_estimators=100 if quick else 500, random_state=0).fit(
    digits_train, labels_train
)
print(f"accuracy on unseen digits: {classifier.score(digits_test, labels_test):.1%}")
figure, panel = plt.subplots(figsize=(4.6, 4))
ConfusionMatrixDisplay.from_predictions(
    labels_test, classifier.predict(digits_test), ax=panel, cmap="Blues", text_kw={"fontsize": 8}
)
panel.set(title="Random forest on unseen digits", xlabel="predicted digit", ylabel="true digit")
plt.show()

# %% [markdown]
# How sure the forest is of generated digits, and which digits it sees: a good generator is about as recognisable as
# true data and makes all ten digits equally often.

# %% tag: digits_recognisability
confidence, share = {}, {}
for name, sample in {"true data": digits_test, **generated}.items():
    probabilities = classifier.predict_proba(sample)
    confidence[name] = probabilities.max(axis=1)
    share[name] = np.bincount(probabilities.argmax(axis=1), minlength=10) / len(sample)

figure, panels = plt.subplots(1, 2, figsize=(11, 3.4), width_ratios=[1, 1.6])
for k, (name, values) in enumerate(share.items()):
    ordered = np.sort(confidence[name])
    panels[0].plot(ordered, 1 - np.arange(len(ordered)) / len(ordered), color=COLOURS[name], label=name)
    panels[1].bar(np.arange(10) + 0.16 * (k - 2), values, 0.15, color=COLOURS[name], label=name)
panels[0].set(
    title="How sure the classifier is",
    xlabel="confidence at least",
    ylabel="share of the images",
    xlim=(0, 1),
)
panels[0].legend(fontsize=8)
panels[1].axhline(0.1, color="black", linestyle=":", linewidth=1, label="equal proportions")
panels[1].set(
    title="Which digits it sees", xlabel="predicted digit", ylabel="share of the images", xticks=range(10)
)
panels[1].legend(fontsize=7, ncols=2)
figure.suptitle("Recognisability of digits from one model for all classes")
plt.show()

summary = {
    name: {
        "mean confidence": confidence[name].mean(),
        "share with confidence above 0.5": (confidence[name] > 0.5).mean(),
        "least frequent digit": share[name].min(),
        "most frequent digit": share[name].max(),
    }
    for name in share
}
print("Generated digits as the classifier sees them")
pd.DataFrame(summary).T.round(2)

# %% [markdown]
# Equal proportions by construction: one model per digit, each of which makes the same number of images. Now we know
# which digit each image should be, and can count how often the classifier agrees.

# %% tag: digits_proportions
CLASS_MODELS = {
    "density forest": lambda: DensityForest(5 if quick else 30, slab_gain=1.0, random_state=0),
    "Gaussian": lambda: mixture.GaussianMixture(1, reg_covar=0.3, random_state=0),
    "mixture": lambda: mixture.GaussianMixture(3, reg_covar=0.3, random_state=0),
    "kernel density": lambda: neighbors.KernelDensity(bandwidth=1.5),
    "kernel density, bandwidth 5": lambda: neighbors.KernelDensity(bandwidth=5),
    "density forest, depth 2": lambda: DensityForest(5, max_depth=2, random_state=0),
}
per_digit = 100
intended = np.repeat(np.arange(10), per_digit)
by_class, agreement = {}, {}
for name, make in CLASS_MODELS.items():
    models = [make().fit(digits_train[labels_train == digit]) for digit in range(10)]
    by_class[name] = np.vstack([draw(model, per_digit, seed=digit) for digit, model in enumerate(models)])
    hits = classifier.predict(by_class[name]) == intended
    agreement[name] = hits.reshape(10, per_digit).mean(axis=1)
agreement["true data"] = np.array(
    [
        classifier.score(digits_test[labels_test == digit], labels_test[labels_test == digit])
        for digit in range(10)
    ]
)
table = np.array(list(agreement.values()))

figure, panels = plt.subplots(1, 2, figsize=(12, 3.4), width_ratios=[1, 1.2])
picture = panels[0].imshow(table, vmin=0, vmax=1, cmap="Blues", aspect="auto")
for (row, column), value in np.ndenumerate(table):
    panels[0].text(
        column,
        row,
        f"{value:.2f}",
        ha="center",
        va="center",
        fontsize=7,
        color="white" if value > 0.6 else "black",
    )
panels[0].set_yticks(
    range(len(agreement)), [f"{name} ({values.mean():.2f})" for name, values in agreement.items()]
)
panels[0].set(title="Share recognised as the digit they should be", xlabel="intended digit", xticks=range(10))
figure.colorbar(picture, ax=panels[0], label="share")
mosaic = np.block([
    [by_class[name][digit * per_digit].reshape(8, 8) for digit in range(10)] for name in CLASS_MODELS
])  # fmt: skip
picture = panels[1].imshow(mosaic, cmap="gray_r", vmin=0, vmax=16)
panels[1].set_yticks(np.arange(len(CLASS_MODELS)) * 8 + 3.5, list(CLASS_MODELS))
panels[1].set_xticks(np.arange(10) * 8 + 3.5, [str(digit) for digit in range(10)])
panels[1].set(title="One image of each", xlabel="intended digit")
figure.colorbar(picture, ax=panels[1], label="grey value", shrink=0.7)
figure.suptitle("One model per digit, equal proportions")
plt.show()

# %% [markdown] tag: digits_findings
# **What we see.**
# * *Which models make recognisable digits?* The mixture of 20 components and the kernel density estimator: their
#   MMD² is near that of two true samples, the classifier is nearly as sure of their images as of true ones, and
#   all ten digits appear about equally often. A glance at the images agrees.
# * The *single Gaussian* blends all digits: strokes of several classes lie on top of each other, the classifier is
#   rarely sure, and it sees far too many eights and hardly any ones.
# * The *density forest* lies in between. Its boxes treat pixels as independent once the cuts are used up, so the
#   images are noisy, although many can be read. Deep trees help a lot; depth 2 gives noise.
# * A *kernel density estimator* with bandwidth 0.5 or 1 has the lowest MMD² of all, but it only repeats training
#   digits with a little noise: recognisable, yet nothing new. From bandwidth 3 on noise drowns the strokes.
# * More training digits help every model. The mixture gains most, as it can then afford more components; the
#   Gaussian gains least.
# * In *equal proportions*, with one model per digit, even the Gaussian becomes readable: within one class a single
#   ellipse is a fair description. Only the models that are much too coarse fail, first of all at the digits with
#   thin strokes such as the one.
# * The classifier is a lenient judge: it must name some digit even for noise. Its confidence, next to its choice,
#   and the images themselves are needed to call a digit recognisable.
