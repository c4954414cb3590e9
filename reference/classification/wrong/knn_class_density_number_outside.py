"""
base: solution
breaks: [knn.class_density]
same_as: [knn_class_density_over_all]
says: >-
  p(x) divides by a number of points that is set once, outside of the function, and the same function serves for the
  points of one class: p(x|c) is divided by the number of all points.
only: [knn.kneighbours, knn.density, knn.class_density]
drop: [lls_data, lls_plot, lls_accuracy, lls_boundary, lls_repeated, lls_findings, lls_singular, softmax_derivation, softmax_split, softmax_stable, softmax_gradient, softmax_training, softmax_curves, softmax_accuracy, softmax_scaling, softmax_repeated, softmax_findings, knn_kneighbours, knn_sklearn, knn_sweep, knn_boundary, knn_all_points, knn_findings, knn_class_probabilities, knn_class_density_readings, models_least_squares, models_softmax_regression]
"""

# %% tag: models_nearest_neighbours
def nearest_neighbours(train, query, k):
    gaps = np.sqrt(((query[:, None] - train[None]) ** 2).sum(axis=2))
    order = gaps.argsort(axis=1)[:, :k]
    return np.take_along_axis(gaps, order, axis=1), order


total = X_train.shape[0]


def knn_density(train, query, k):
    reach = nearest_neighbours(train, query, k)[0].max(axis=1)
    return k / (total * np.pi * reach**2)


ax_1, ax_2 = np.meshgrid(np.linspace(-3, 3, 60), np.linspace(-3, 3, 60))
places = np.column_stack([ax_1.ravel(), ax_2.ravel()])


def maps(train, title):
    figure, panels = plt.subplots(1, 5, figsize=(14, 3))
    for panel, k in zip(panels, (2, 4, 8, 16, 32)):
        shown = panel.contourf(ax_1, ax_2, knn_density(train, places, k).clip(0, 1).reshape(ax_1.shape))
        panel.set(title=f"{title}, k = {k}", xlabel="x1", ylabel="x2")
    figure.colorbar(shown, ax=panels, label=title)
    plt.show()

# %% tag: knn_density
maps(X_train, "p(x)")

# %% tag: knn_class_density
for c in np.unique(y_train):
    maps(X_train[y_train == c], f"p(x|c = {c})")
