# ruff: noqa: E402, F821
# %% [markdown]
# # Classification: a solution
#
# Three classifiers, each written with NumPy alone: one that only remembers its data, one that is solved in closed
# form, and one that is trained step by step.

# %% tag: effort
effort = "quick"  # or "full"
quick = effort == "quick"

# %% tag: setup
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import task1
import task2
import task3
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.lines import Line2D
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

COLOURS = ["#4477AA", "#EE6677", "#228833"]  # one per class, apart from each other for all kinds of eyes
plt.rcParams.update({
    "figure.dpi": 80, "savefig.dpi": 80, "font.size": 9, "axes.titlesize": 10, "axes.spines.top": False,
    "axes.spines.right": False, "legend.frameon": False, "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.08,
})  # fmt: skip

# %% [markdown]
# ## Task 1: k nearest neighbours
# ### The data

# %% tag: knn_data
X_train, y_train, X_test, y_test = task1.make_data()
print(f"{len(X_train)} training points, {len(X_test)} test points")

# %% tag: knn_plot
figure, panels = plt.subplots(1, 2, figsize=(7.6, 4.1), sharex=True, sharey=True)
for panel, title, X, y in (
    (panels[0], f"training set, N = {len(X_train)}", X_train, y_train),
    (panels[1], f"test set, N = {len(X_test)}", X_test, y_test),
):
    for label, colour in enumerate(COLOURS):
        panel.scatter(*X[y == label].T, s=8, color=colour, label=f"class {label}")
    panel.set(title=title, xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
figure.legend(*panel.get_legend_handles_labels(), loc="outside lower center", ncols=3, markerscale=2)
figure.suptitle("The data set of task 1")
plt.show()

# %% [markdown] tag: knn_plot
# *Figure 1.* Three classes that overlap a little: class 0 is an arc, class 1 lies in its middle, and class 2 has
# two parts. No straight lines can separate them.

# %% [markdown]
# ### Neighbours and predictions
# All distances between a block of queries and the training set come from one array operation. The method
# `kneighbours` sorts them and keeps the first k; `predict` counts the labels among these.

# %% tag: models_nearest_neighbours include: models/nearest_neighbours.py

# %% tag: knn_kneighbours
queries = np.array([[-0.8, 1.2], [1.5, 0.4], [-2.8, -2.0]])
model = KNearestNeighbours(k=5).fit(X_train, y_train)
distances, indices = model.kneighbours(queries)

figure, panel = plt.subplots(figsize=(5.2, 4.4))
for label, colour in enumerate(COLOURS):
    panel.scatter(*X_train[y_train == label].T, s=6, color=colour, alpha=0.5, label=f"class {label}")
for query, reach, nearest, label in zip(queries, distances, indices, model.predict(queries), strict=True):
    for neighbour in X_train[nearest]:
        panel.plot(*np.array([query, neighbour]).T, color="black", linewidth=0.8)
    panel.add_patch(plt.Circle(query, reach[-1], fill=False))
    panel.annotate(f"class {label}", (query[0], query[1] + reach[-1] + 0.08), ha="center", fontsize=8)
panel.scatter(*queries.T, marker="X", color="black", s=40, label="queries")
panel.set(title="5 nearest neighbours of three queries", xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
panel.legend(fontsize=8)
plt.show()

# %% [markdown] tag: knn_kneighbours
# *Figure 2.* Each query (cross) with lines to its five nearest training points, the smallest circle that holds them,
# and the class that most of them have. Where points are rare the circle is large.

# %% [markdown]
# ### The same as scikit-learn?

# %% tag: knn_sklearn
ours = KNearestNeighbours(k=5).fit(X_train, y_train)
library = KNeighborsClassifier(n_neighbors=5).fit(X_train, y_train)
for name, points in (("training points", X_train), ("test points", X_test)):
    same = ours.predict(points) == library.predict(points)
    print(f"k = 5, {name}: {same.sum()} of {len(same)} predictions agree")
    assert same.all()

# %% [markdown]
# ### Different numbers of neighbours

# %% tag: knn_sweep
ks = 2 ** np.arange(10)
models = {k: KNearestNeighbours(k).fit(X_train, y_train) for k in ks}
accuracy = pd.DataFrame(
    {
        "training accuracy": [(m.predict(X_train) == y_train).mean() for m in models.values()],
        "test accuracy": [(m.predict(X_test) == y_test).mean() for m in models.values()],
    },
    index=pd.Index(ks, name="k"),
)

figure, panel = plt.subplots(figsize=(6, 3.2))
for (name, values), style in zip(accuracy.items(), ("o--", "o-"), strict=True):
    panel.plot(ks, values, style, color=COLOURS[0], label=name)
panel.axhline(np.bincount(y_train).max() / len(y_train), color="0.6", label="share of the largest class")
panel.set(title="Accuracy and number of neighbours", xlabel="number of neighbours k", ylabel="accuracy")
panel.set_xscale("log", base=2)
panel.set_xticks(ks, [str(k) for k in ks])
panel.legend()
plt.show()
print(f"best test accuracy at k = {accuracy['test accuracy'].idxmax()}")
accuracy.round(3).T  # noqa: B018

# %% [markdown] tag: knn_sweep
# *Figure 3.* With one neighbour every training point is classified correctly, because it is its own neighbour;
# the test accuracy is best for k around 64.

# %% [markdown]
# ### Decision boundaries

# %% tag: knn_boundary
side = 100 if quick else 250
axis_x, axis_y = np.meshgrid(np.linspace(-4, 4, side), np.linspace(-3.5, 4, side))
grid = np.column_stack([axis_x.ravel(), axis_y.ravel()])

figure, panels = plt.subplots(2, 5, figsize=(13, 6.2), sharex=True, sharey=True)
for panel, (k, model) in zip(panels.flat, models.items(), strict=True):
    regions = model.predict(grid).reshape(axis_x.shape)
    panel.contourf(
        axis_x, axis_y, regions, levels=[-0.5, 0.5, 1.5, 2.5], cmap=ListedColormap(COLOURS), alpha=0.35
    )
    for label, colour in enumerate(COLOURS):
        panel.scatter(*X_train[y_train == label].T, s=2, color=colour, label=f"class {label}")
    panel.set(title=f"k = {k}", aspect="equal")
for panel in panels[1]:
    panel.set_xlabel("$x_1$")
for panel in panels[:, 0]:
    panel.set_ylabel("$x_2$")
figure.legend(*panel.get_legend_handles_labels(), loc="outside lower center", ncols=3, markerscale=4)
figure.suptitle("Decision regions of k nearest neighbours")
plt.show()

# %% [markdown] tag: knn_boundary
# *Figure 4.* The class predicted on a grid (shaded) and the training points, for ten numbers of neighbours.

# %% tag: knn_all_points
everyone = KNearestNeighbours(k=len(X_train)).fit(X_train, y_train)
print(f"k = N = {len(X_train)}: classes predicted anywhere on the grid: {np.unique(everyone.predict(grid))}")

# %% [markdown] tag: knn_findings
# **How the boundary changes.**
# * With k = 1 the boundary follows every single training point. A point on the wrong side makes an island of its
#   own: the classifier fits the noise (low bias, high variance).
# * As k grows, islands disappear and the boundary becomes smooth. From 16 to 128 neighbours it keeps the shape of
#   the three classes, and there the test accuracy is highest.
# * For k = 256 the smallest class, of 135 points, can have at most 135 votes: it keeps a corner where nobody lives,
#   and its own points are given to others. The boundary no longer follows the data (high bias, low variance).
# * At k = 512 every neighbourhood holds most of the training set, and what decides is which 88 points are *not* in
#   it. Where those are mostly points of the large class 0, far away on the other side, class 1 still wins.
# * For k = N the neighbours of every query are the whole training set. The vote is always the same, the largest
#   class wins everywhere, there is no boundary, and the accuracy is that class's share.

# %% [markdown]
# ### Densities
# The smallest circle around **x** that holds k training points has the distance to the k-th neighbour as its radius
# $r_k$ and the area $V^* = \pi r_k^2$. A share of $k/N$ of the points lies in it, so
# $p(\mathbf{x}) \approx k / (N V^*)$.

# %% tag: knn_class_probabilities
priors = models[1].class_probabilities()
for label, share in zip(models[1].classes_, priors, strict=True):
    print(f"p(c = {label}) = {share:.3f}")
assert np.isclose(priors.sum(), 1)

# %% tag: knn_density
density_ks = [2, 4, 8, 16, 32]
RANGE = LogNorm(1e-3, 1)  # points per unit of area, as a share of all points


def draw_density(panel, values, title):
    """Draw density values of shape (side², ) on the grid, with the colours of all density plots."""
    panel.set(title=title, aspect="equal")
    shown = np.clip(values, 1e-3, 1).reshape(axis_x.shape)
    return panel.contourf(axis_x, axis_y, shown, levels=np.geomspace(1e-3, 1, 19), cmap="magma_r", norm=RANGE)


figure, panels = plt.subplots(1, 5, figsize=(13, 3.4), sharex=True, sharey=True)
for panel, k in zip(panels, density_ks, strict=True):
    mesh = draw_density(panel, models[k].density(grid), f"k = {k}")
    panel.scatter(*X_train.T, s=1, color="#0099CC", label="training points")
    panel.set_xlabel("$x_1$")
panels[0].set_ylabel("$x_2$")
figure.colorbar(mesh, ax=panels, label="p(x)", ticks=[1e-3, 1e-2, 1e-1, 1], shrink=0.8)
figure.legend(*panel.get_legend_handles_labels(), loc="outside lower center", markerscale=6)
figure.suptitle("Density p(x) estimated from k nearest neighbours")
plt.show()

# %% [markdown] tag: knn_density
# *Figure 5.* Estimated density, on the same logarithmic colours for all k; values above 1 share a colour. With
# two neighbours there is a sharp peak wherever two training points lie close together. Eight or sixteen show the
# hollow between the arc and the middle without that noise; 32 begin to fill it.
# Far away the estimate falls only with the square of the distance, so it does not integrate to one.

# %% tag: knn_class_density
figure, panels = plt.subplots(3, 5, figsize=(12, 7.4), sharex=True, sharey=True)
for column, k in enumerate(density_ks):
    by_class = models[k].class_density(grid, "own_circle")
    for label, colour in enumerate(COLOURS):
        panel = panels[label, column]
        mesh = draw_density(panel, by_class[:, label], f"class {label}, k = {k}")
        panel.scatter(*X_train[y_train == label].T, s=1, color=colour)
for panel in panels[-1]:
    panel.set_xlabel("$x_1$")
for panel in panels[:, 0]:
    panel.set_ylabel("$x_2$")
figure.colorbar(mesh, ax=panels, label="p(x|c)", ticks=[1e-3, 1e-2, 1e-1, 1], shrink=0.5)
marks = [
    Line2D([], [], marker="o", linestyle="", color=colour, label=f"training points of class {label}")
    for label, colour in enumerate(COLOURS)
]
figure.legend(handles=marks, loc="outside lower center", ncols=3)
figure.suptitle("Densities p(x|c), from k neighbours in each class")
plt.show()

# %% [markdown] tag: knn_class_density
# *Figure 6.* Each class as if it were alone: $p(\mathbf{x}|c) \approx k / (N_c V_c)$, where the circle $V_c$ holds k
# points of that class.

# %% [markdown]
# The formula can also be read with *one* circle for all classes: $k_c / (N_c V^*)$, where $k_c$ of the k neighbours
# belong to class c. Both estimate the same thing. The second one is exactly consistent with $p(\mathbf{x})$, as
# $\sum_c p(c)\,p(\mathbf{x}|c) = \sum_c \frac{N_c}{N}\frac{k_c}{N_c V^*} = \frac{k}{N V^*}$, and its posterior
# $p(c)\,p(\mathbf{x}|c) / p(\mathbf{x}) = k_c / k$ is the share of votes; but it is zero wherever no neighbour
# belongs to the class.

# %% tag: knn_class_density_readings
for reading in ("own_circle", "shared_circle"):
    total = models[16].class_density(X_test, reading) @ priors
    gap = np.abs(total / models[16].density(X_test) - 1)
    print(f"{reading}: sum of p(c) p(x|c) differs from p(x) by {gap.mean():.1%} on average")

figure, panels = plt.subplots(2, 3, figsize=(8.5, 5.6), sharex=True, sharey=True)
for row, reading in zip(panels, ("own_circle", "shared_circle"), strict=True):
    by_class = models[16].class_density(grid, reading)
    for label, panel in enumerate(row):
        mesh = draw_density(panel, by_class[:, label], f"class {label}, {reading.replace('_', ' ')}")
        panel.scatter(*X_train[y_train == label].T, s=1, color=COLOURS[label])
for panel in panels[-1]:
    panel.set_xlabel("$x_1$")
for panel in panels[:, 0]:
    panel.set_ylabel("$x_2$")
figure.colorbar(mesh, ax=panels, label="p(x|c)", ticks=[1e-3, 1e-2, 1e-1, 1], shrink=0.6)
figure.legend(handles=marks, loc="outside lower center", ncols=3)
figure.suptitle("Two readings of p(x|c), k = 16")
plt.show()

# %% [markdown] tag: knn_class_density_readings
# *Figure 7.* A circle for each class (top), and one circle for all (bottom), which cuts each density off where other
# classes rule.

# %% [markdown]
# ## Task 2: linear least squares
# The criterion is quadratic in the parameters. Its gradient $\mathbf{X}^T(\mathbf{X}\theta - \mathbf{y})$ vanishes at
# $\theta^* = (\mathbf{X}^T\mathbf{X})^{-1}\mathbf{X}^T\mathbf{y}$, where every row of $\mathbf{X}$ ends with a one. We
# apply the pseudo-inverse of $\mathbf{X}$, which is the same wherever the inverse exists.

# %% tag: models_least_squares include: models/least_squares.py

# %% tag: lls_data
outlier_counts = 2 ** np.arange(5)
sets = {n: task2.make_data(n_outliers=n) for n in outlier_counts}
for n, (points, _, test_points, _) in sets.items():
    print(f"n = {n:2d}: {len(points)} training points, {n} of them outliers, {len(test_points)} test points")

# %% tag: lls_plot
SIGNS = {-1: COLOURS[1], 1: COLOURS[0]}
figure, panels = plt.subplots(1, 5, figsize=(13, 4.4), sharex=True, sharey=True)
for panel, (n, (points, labels, _, _)) in zip(panels, sets.items(), strict=True):
    for label, colour in SIGNS.items():
        panel.scatter(*points[labels == label].T, s=8, color=colour, label=f"y = {label:+d}")
    panel.scatter(*points[-n:].T, s=50, facecolors="none", edgecolors="black", label="outliers")
    panel.set(title=f"n = {n}", xlabel="$x_1$", aspect="equal")
panels[0].set_ylabel("$x_2$")
figure.legend(*panel.get_legend_handles_labels(), loc="outside lower center", ncols=3)
figure.suptitle("Training sets with n outliers")
plt.show()

# %% [markdown] tag: lls_plot
# *Figure 8.* Two classes that a line can separate, and n training points of class +1 that lie far away (circled), on
# the right side of that line. The test set has no outliers.

# %% tag: lls_accuracy
classifiers = {n: LinearLeastSquares().fit(points, labels) for n, (points, labels, _, _) in sets.items()}
without = LinearLeastSquares().fit(*task2.make_data(0)[:2])
scores = pd.DataFrame(
    {
        "training accuracy": [classifiers[n].accuracy(*sets[n][:2]) for n in outlier_counts],
        "test accuracy": [classifiers[n].accuracy(*sets[n][2:]) for n in outlier_counts],
    },
    index=pd.Index(outlier_counts, name="outliers n"),
)
for n, value in scores["test accuracy"].items():
    print(f"n = {n:2d}: test accuracy {value:.3f}")
print(f"no outlier: test accuracy {without.accuracy(*task2.make_data(0)[2:]):.3f}")
scores.round(3).T  # noqa: B018

# %% tag: lls_boundary
figure, panels = plt.subplots(1, 5, figsize=(13, 3.6), sharex=True, sharey=True)
plane_x, plane_y = np.meshgrid(np.linspace(-4, 4, 200), np.linspace(-4, 4, 200))
plane = np.column_stack([plane_x.ravel(), plane_y.ravel()])
for panel, (n, classifier) in zip(panels, classifiers.items(), strict=True):
    _, _, points, labels = sets[n]
    regions = classifier.predict(plane).reshape(plane_x.shape)
    panel.contourf(
        plane_x, plane_y, regions, levels=[-2, 0, 2], cmap=ListedColormap(list(SIGNS.values())), alpha=0.25
    )
    for label, colour in SIGNS.items():
        panel.scatter(*points[labels == label].T, s=4, color=colour, label=f"test points, y = {label:+d}")
    for fitted, style, name in ((classifier, "-", "fitted with outliers"), (without, "--", "without")):
        score = fitted.decision_function(plane).reshape(plane_x.shape)
        panel.contour(plane_x, plane_y, score, levels=[0], colors="black", linestyles=style, linewidths=1.2)
        panel.plot([], [], color="black", linestyle=style, label=name)
    panel.set(title=f"n = {n}: accuracy {classifier.accuracy(points, labels):.3f}", xlabel="$x_1$")
    panel.set_aspect("equal")
panels[0].set_ylabel("$x_2$")
figure.legend(*panel.get_legend_handles_labels(), loc="outside lower center", ncols=4, markerscale=2)
figure.suptitle("Decision boundary of least squares after training with n outliers")
plt.show()

# %% [markdown] tag: lls_boundary
# *Figure 9.* Test points, the regions of both classes, and the boundary where the score is zero; dashed the boundary
# that is learned without outliers.

# %% tag: lls_repeated
draws = 10 if quick else 200
counts = np.append(0, outlier_counts)
repeated = np.array([
    [LinearLeastSquares().fit(*made[:2]).accuracy(*made[2:]) for made in (task2.make_data(n, seed=s) for n in counts)]
    for s in range(draws)
])  # fmt: skip
margins = np.linspace(-2, 5, 200)

figure, panels = plt.subplots(1, 2, figsize=(9, 3.2))
panels[0].errorbar(
    np.arange(len(counts)), repeated.mean(axis=0), repeated.std(axis=0), fmt="o-", capsize=3,
    color=COLOURS[0], label=f"mean and standard deviation of {draws} draws",
)  # fmt: skip
panels[0].set_xticks(np.arange(len(counts)), [str(n) for n in counts])
panels[0].set(title="Test accuracy", xlabel="number of outliers n", ylabel="accuracy")
panels[1].plot(margins, (1 - margins) ** 2 / 2, color=COLOURS[0], label="squared difference, halved")
panels[1].plot(margins, np.logaddexp(0, -margins), color=COLOURS[2], label="cross entropy")
panels[1].step(margins, margins < 0, color="0.5", linestyle="--", label="mistake")
panels[1].set(title="What one example costs", xlabel="margin $y\\,f(x)$", ylabel="loss", ylim=(-0.2, 5))
for panel in panels:
    panel.legend(fontsize=8)
figure.suptitle("Why outliers matter")
plt.show()

# %% [markdown] tag: lls_repeated
# *Figure 10.* Left: the loss of accuracy is systematic. Right: the squared difference grows again for examples that
# are classified "too well" (margin above 1), while the cross entropy does not.

# %% [markdown] tag: lls_findings
# **How outliers affect the fit.** The outliers are on the right side of the line that is learned without them, so no
# classifier would need to change for their sake. But least squares wants a score of exactly +1, and theirs would be
# far above. This difference enters with its square, so a single far point weighs as much as many near ones. The
# line turns until the outliers' scores come down, at the expense of the points near the boundary. With n the test
# accuracy falls from about 0.98 to 0.86. The first outliers turn the line most; later ones add less, since the scores
# of the group are already near +1.

# %% [markdown]
# When columns depend on each other, $\mathbf{X}^T\mathbf{X}$ has no inverse. The pseudo-inverse still finds a minimum,
# the shortest of all:

# %% tag: lls_singular
points, labels, test_points, test_labels = sets[1]
doubled, test_doubled = points[:, [0, 1, 1]], test_points[:, [0, 1, 1]]  # the second column twice
classifier = LinearLeastSquares().fit(doubled, labels)
print(f"rank {np.linalg.matrix_rank(doubled.T @ doubled)} of 3, weights {classifier.theta_[:-1].round(3)}")
print(f"accuracy {classifier.accuracy(test_doubled, test_labels):.3f}, as before")

# %% [markdown]
# ## Task 3: softmax regression

# %% [markdown] tag: softmax_derivation
# ### The gradient
# Take one example $\mathbf{x}$ of class $y$, and set $x_0 = 1$, so that the bias is a weight like the others. Then
#
# $$g_c = \sum_{j=0}^{D} \theta_j^{(c)} x_j, \qquad p_c = \frac{e^{g_c}}{\sum_m e^{g_m}}, \qquad
# \mathcal{L}_i = -\sum_c \mathbb{1}[y = c] \log p_c .$$
#
# **1. Loss by probability.** Only the true class appears in the sum:
#
# $$\frac{\partial \mathcal{L}_i}{\partial p_c} = -\frac{\mathbb{1}[y = c]}{p_c} .$$
#
# **2. Probability by logit.** With $S = \sum_m e^{g_m}$ the quotient rule gives
#
# $$\frac{\partial p_c}{\partial g_k} = \frac{\mathbb{1}[c = k]\, e^{g_c} S - e^{g_c} e^{g_k}}{S^2}
# = p_c \left(\mathbb{1}[c = k] - p_k\right) .$$
#
# **3. Logit by parameter.** The logit of class $k$ is linear in its own parameters and contains no others:
#
# $$\frac{\partial g_k}{\partial \theta_j^{(k)}} = x_j .$$
#
# **Together.** A change of $g_k$ changes the probabilities of all classes, so we sum over them:
#
# $$\frac{\partial \mathcal{L}_i}{\partial g_k}
# = -\sum_c \frac{\mathbb{1}[y = c]}{p_c}\; p_c \left(\mathbb{1}[c = k] - p_k\right)
# = -\left(\mathbb{1}[y = k] - p_k\right) = p_k - \mathbb{1}[y = k] ,$$
#
# and for all N examples
#
# $$\boxed{\frac{\partial \mathcal{L}}{\partial \theta_j^{(k)}}
# = \sum_{i=1}^{N} \left(p(k|\mathbf{x}^{(i)}) - \mathbb{1}[y_i = k]\right) x_j^{(i)}}
# \qquad \text{or} \qquad \nabla_\theta \mathcal{L} = \mathbf{X}^T (\mathbf{P} - \mathbf{Y})$$
#
# where row i of $\mathbf{P}$ holds the probabilities and row i of $\mathbf{Y}$ the one-hot label. It has a clear
# meaning: each example moves the weights of a class by its own pixels, in proportion to how wrong the probability is.

# %% [markdown]
# ### The data

# %% tag: softmax_split
images, digits = task3.make_data()
pixels = images / 16  # grey values from 0 to 1
pixels_train, pixels_test, digits_train, digits_test = train_test_split(
    pixels, digits, test_size=0.25, random_state=0
)
share = len(pixels_test) / len(pixels)
print(f"{len(pixels_train)} training images, {len(pixels_test)} test images ({share:.1%} of all)")

# %% [markdown]
# ### The model
# The parameters are one matrix `theta` of shape (65, 10): a row of biases, then a row per pixel; a column per class.

# %% tag: models_softmax_regression include: models/softmax_regression.py

# %% [markdown]
# Why the largest logit is subtracted: $e^{1000}$ is too large for a floating-point number, and infinity divided by
# infinity is not a number.

# %% tag: softmax_stable
logits = np.array([[1000.0, 999.0, 0.0]])
with np.errstate(over="ignore", invalid="ignore"):
    print("plain quotient:         ", np.exp(logits) / np.exp(logits).sum())
print("largest one subtracted: ", softmax(logits).round(4))

# %% [markdown]
# Is the gradient right? We compare it with differences of the loss, which know nothing of our derivation:

# %% tag: softmax_gradient
rng = np.random.default_rng(0)
theta, step = rng.standard_normal((65, 10)), 1e-5
slope = cross_entropy_gradient(theta, pixels_train[:50], digits_train[:50])
worst = 0
for place in zip(rng.integers(65, size=30), rng.integers(10, size=30), strict=True):
    change = np.zeros_like(theta)
    change[place] = step
    above, below = (cross_entropy(theta + s * change, pixels_train[:50], digits_train[:50]) for s in (1, -1))
    worst = max(worst, abs((above - below) / (2 * step) - slope[place]))
print(f"largest of {np.abs(slope).max():.1f} in the gradient; largest error at 30 random places: {worst:.1e}")
assert worst < 1e-4

# %% [markdown]
# ### Training
# 1,000 steps with the learning rate 0.001, starting from zero, on the summed loss of the sheet.

# %% tag: softmax_training
softmax_model = SoftmaxRegression(learning_rate=0.001, steps=1000)
softmax_model.fit(pixels_train, digits_train, pixels_test, digits_test)
history = softmax_model.history_
print(f"mean loss per image: {history['loss'][0]:.3f} before training, {history['loss'][-1]:.3f} after it")

# %% tag: softmax_curves
figure, panels = plt.subplots(1, 2, figsize=(10, 3.4))
for panel, quantity, unit in (
    (panels[0], "loss", "cross entropy per image (nats)"),
    (panels[1], "accuracy", "accuracy"),
):
    panel.plot(history[quantity], color=COLOURS[0], label="training split")
    panel.plot(history[f"test_{quantity}"], color=COLOURS[1], linestyle="--", label="test split")
    panel.set(title=quantity, xlabel="step of gradient descent", ylabel=unit)
    panel.legend()
panels[0].set_yscale("log")
figure.suptitle("Softmax regression on digits: 1,000 steps, learning rate 0.001")
plt.show()

# %% [markdown] tag: softmax_curves
# *Figure 11.* Cross entropy (logarithmic axis) and accuracy while training. Divided by the number of images, the
# losses of both splits can be compared.

# %% tag: softmax_accuracy
print(f"final accuracy on the test split: {softmax_model.accuracy(pixels_test, digits_test):.4f}")
print(f"final accuracy on the training split: {softmax_model.accuracy(pixels_train, digits_train):.4f}")
figure, panels = plt.subplots(1, 2, figsize=(11, 4), width_ratios=[1, 1.5])
ConfusionMatrixDisplay.from_predictions(
    digits_test, softmax_model.predict(pixels_test), ax=panels[0], cmap="Blues", text_kw={"fontsize": 8}
)
panels[0].set(title="Test split", xlabel="predicted digit", ylabel="true digit")
weights = softmax_model.theta_[1:].T.reshape(2, 5, 8, 8)
reach = np.abs(weights).max()
picture = panels[1].imshow(np.block([list(row) for row in weights]), cmap="RdBu", vmin=-reach, vmax=reach)
for digit in range(10):
    panels[1].text(8 * (digit % 5), 8 * (digit // 5), str(digit), ha="left", va="top", weight="bold")
panels[1].set_xticks(np.arange(0, 41, 8) - 0.5, [])
panels[1].set_yticks(np.arange(0, 17, 8) - 0.5, [])
panels[1].grid(color="black")
panels[1].set(title="Weights of the ten classes", xlabel="column of pixels", ylabel="row of pixels")
figure.colorbar(picture, ax=panels[1], label="weight", shrink=0.7)
figure.suptitle("What softmax regression has learned")
plt.show()

# %% [markdown] tag: softmax_accuracy
# *Figure 12.* Left: few test images lie off the diagonal. Right: ink on blue pixels speaks for a digit, ink on red ones
# against it; the zero, for instance, has a red hole.

# %% [markdown]
# ### What the scale does
# Whether the loss is a sum or a mean, and whether pixels go to 16 or to 1, changes the length of every step. One rate
# cannot suit them all.

# %% tag: softmax_scaling
SCALES = {
    "sum, pixels 0 to 1": ("sum", 1),
    "mean, pixels 0 to 16": ("mean", 16),
    "mean, pixels 0 to 1": ("mean", 1),
    "sum, pixels 0 to 16": ("sum", 16),
}
figure, panels = plt.subplots(1, 2, figsize=(10, 3.6))
rows = {}
for (name, (reduction, scale)), colour in zip(SCALES.items(), [*COLOURS, "#AA3377"], strict=True):
    trial = softmax_model  # the first combination is the one trained above
    if (reduction, scale) != ("sum", 1):
        trial = SoftmaxRegression(0.001, 1000, reduction)
        trial.fit(scale * pixels_train, digits_train, scale * pixels_test, digits_test)
    panels[0].plot(trial.history_["loss"].clip(1e-4), color=colour, label=name, linewidth=1)
    panels[1].plot(trial.history_["test_accuracy"], color=colour, label=name, linewidth=1)
    ones = with_ones(scale * pixels_train)
    curvature = np.linalg.eigvalsh(ones.T @ ones)[-1] / 2 / (len(ones) if reduction == "mean" else 1)
    rows[name] = {
        "rate that is surely safe": f"{1 / curvature:.1e}",
        "steps that raise the loss": (np.diff(trial.history_["loss"]) > 0).sum(),
        "training accuracy": f"{trial.history_['accuracy'][-1]:.3f}",
        "test accuracy": f"{trial.history_['test_accuracy'][-1]:.3f}",
        "test loss": f"{trial.history_['test_loss'][-1]:.3f}",
    }
panels[0].set(title="training loss", xlabel="step", ylabel="cross entropy per image (nats)", yscale="log")
panels[1].set(title="test accuracy", xlabel="step", ylabel="accuracy")
figure.legend(*panels[1].get_legend_handles_labels(), loc="outside lower center", ncols=4)
figure.suptitle("The same rate of 0.001 with other scales of loss and pixels")
plt.show()
pd.DataFrame(rows).T  # noqa: B018

# %% [markdown] tag: softmax_scaling
# *Figure 13.* The four combinations; losses below 0.0001 are drawn there. "Surely safe" is one over the largest curvature that the loss can have, half the
# largest eigenvalue of $\mathbf{X}^T\mathbf{X}$ (divided by N for the mean).

# %% tag: softmax_repeated
splits = 2 if quick else 25
finals = []
for seed in range(splits):
    parts = train_test_split(pixels, digits, test_size=0.25, random_state=seed)
    finals.append(SoftmaxRegression().fit(parts[0], parts[2]).accuracy(parts[1], parts[3]))
print(f"test accuracy over {splits} random splits: {np.mean(finals):.3f} ± {np.std(finals):.3f}")

# %% [markdown] tag: softmax_findings
# **What we see.**
# * The loss falls fast in the first hundred steps and slowly afterwards; the curves of both splits stay close. At the
#   end the training split is slightly better, with no sign of strong overfitting.
# * About 96 of 100 unseen digits are recognised. Most mistakes confuse shapes that share strokes, such as 1 and 8.
# * With the summed loss and raw pixels the rate is far too large: the loss jumps up and down by orders of magnitude.
#   The classifier still ends well, because in the end all training images are separated and the gradient fades; but
#   its probabilities are far too sure, as the test loss shows.
# * With the mean and pixels from 0 to 1 the steps are tiny: after 1,000 of them the loss has hardly moved. Scale, kind
#   of sum and learning rate belong together.
