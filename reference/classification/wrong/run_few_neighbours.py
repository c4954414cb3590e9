"""
base: solution
breaks: [knn.sweep, knn.boundary]
says: did not run with k = 32
only: [knn.plot, knn.sweep, knn.boundary]
drop: [lls_data, lls_plot, lls_accuracy, lls_boundary, lls_repeated, lls_findings, lls_singular, softmax_derivation, softmax_split, softmax_stable, softmax_gradient, softmax_training, softmax_curves, softmax_accuracy, softmax_scaling, softmax_repeated, softmax_findings, knn_all_points, knn_density, knn_class_density, knn_class_density_readings]
"""

# %% tag: knn_sweep
ks = [1, 2, 4, 8, 16]
models = {k: KNearestNeighbours(k).fit(X_train, y_train) for k in ks}
for k, model in models.items():
    print(k, "neighbours, accuracy", (model.predict(X_test) == y_test).mean())

# %% tag: knn_boundary
axis_x, axis_y = np.meshgrid(np.linspace(-4, 4, 60), np.linspace(-3.5, 4, 60))
grid = np.column_stack([axis_x.ravel(), axis_y.ravel()])
figure, panels = plt.subplots(1, 5, figsize=(13, 3), sharex=True, sharey=True)
for panel, (k, model) in zip(panels, models.items()):
    panel.contourf(axis_x, axis_y, model.predict(grid).reshape(axis_x.shape), alpha=0.4)
    panel.set(title=f"k = {k}", xlabel="$x_1$", ylabel="$x_2$")
figure.suptitle("Decision regions")
plt.show()

# %% [markdown] tag: knn_sweep

# %% [markdown] tag: knn_boundary
