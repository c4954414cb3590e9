"""
base: solution
breaks: [lls.boundary]
says: it takes the bias and the weights for one another
only: [lls.boundary]
drop: [knn_data, knn_plot, knn_kneighbours, knn_sklearn, knn_sweep, knn_boundary, knn_all_points, knn_findings, knn_class_probabilities, knn_density, knn_class_density, knn_class_density_readings, softmax_derivation, softmax_split, softmax_stable, softmax_gradient, softmax_training, softmax_curves, softmax_accuracy, softmax_scaling, softmax_repeated, softmax_findings, lls_plot, lls_accuracy, lls_boundary, lls_repeated, lls_findings, lls_singular]
"""

# %% tag: lls_data
figure, panels = plt.subplots(1, 5, figsize=(15, 3))
ends = np.array([-3.0, 6.0])
for panel, n in zip(panels, (1, 2, 4, 8, 16)):
    points, labels, *_ = task2.make_data(n)
    numbers = LinearLeastSquares().fit(points, labels).theta_
    for label in (-1, 1):
        panel.plot(*points[labels == label].T, ".", label=f"y = {label}")
    panel.plot(ends, -(numbers[2] * ends + numbers[0]) / numbers[1], "k", label="boundary")
    panel.set(title=f"n = {n}", xlabel="x1", ylabel="x2", xlim=(-4, 7), ylim=(-4, 7))
panels[0].legend()
plt.show()
