"""
base: solution
breaks: [lls.outliers, lls.plot, lls.accuracy, lls.boundary]
says: asks for 5 data sets
only: [lls.outliers, lls.plot, lls.accuracy, lls.boundary]
drop: [knn_data, knn_plot, knn_kneighbours, knn_sklearn, knn_sweep, knn_boundary, knn_all_points, knn_findings, knn_class_probabilities, knn_density, knn_class_density, knn_class_density_readings, softmax_derivation, softmax_split, softmax_stable, softmax_gradient, softmax_training, softmax_curves, softmax_accuracy, softmax_scaling, softmax_repeated, softmax_findings, lls_repeated, lls_findings, lls_singular]
"""

# %% tag: lls_data
points, labels, test_points, test_labels = task2.make_data(n_outliers=16)

# %% tag: lls_plot
for label in (-1, 1):
    plt.scatter(*points[labels == label].T, label=f"y = {label}")
plt.title("Training points"), plt.xlabel("$x_1$"), plt.ylabel("$x_2$"), plt.legend()
plt.show()

# %% [markdown] tag: lls_plot

# %% tag: lls_accuracy
classifier = LinearLeastSquares().fit(points, labels)
print("test accuracy", classifier.accuracy(test_points, test_labels))

# %% tag: lls_boundary
for label in (-1, 1):
    plt.scatter(*points[labels == label].T, label=f"y = {label}")
ends = np.array([-4, 4])
first, second, bias = classifier.theta_
plt.plot(ends, -(first * ends + bias) / second, "k", label="boundary")
plt.title("Decision boundary"), plt.xlabel("$x_1$"), plt.ylabel("$x_2$"), plt.legend()
plt.show()

# %% [markdown] tag: lls_boundary
