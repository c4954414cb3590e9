"""
base: solution
breaks: [lls.accuracy]
says: those of the very points that the classifier was fitted to
only: [lls.accuracy]
drop: [knn_data, knn_plot, knn_kneighbours, knn_sklearn, knn_sweep, knn_boundary, knn_all_points, knn_findings, knn_class_probabilities, knn_density, knn_class_density, knn_class_density_readings, softmax_derivation, softmax_split, softmax_stable, softmax_gradient, softmax_training, softmax_curves, softmax_accuracy, softmax_scaling, softmax_repeated, softmax_findings, lls_plot, lls_accuracy, lls_boundary, lls_repeated, lls_findings, lls_singular]
"""

# %% tag: lls_data
figure, panels = plt.subplots(1, 5, figsize=(15, 3))
shares = {}
for panel, n in zip(panels, (1, 2, 4, 8, 16)):
    points, labels, *_ = task2.make_data(n)
    classifier = LinearLeastSquares().fit(points, labels)
    shares[n] = np.mean(classifier.predict(points) == labels)
    for label in (-1, 1):
        panel.plot(*points[labels == label].T, ".", label=f"y = {label}")
    panel.set(title=f"n = {n}", xlabel="x1", ylabel="x2")
panels[0].legend()
plt.show()
for n, share in shares.items():
    print(f"n = {n}: accuracy on the test set {share:.3f}")
