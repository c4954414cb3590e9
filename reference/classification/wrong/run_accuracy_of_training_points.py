"""
base: solution
breaks: [lls.accuracy]
says: very points that the classifier was fitted to
only: [lls.accuracy]
drop: [knn_data, knn_plot, knn_kneighbours, knn_sklearn, knn_sweep, knn_boundary, knn_all_points, knn_findings, knn_class_probabilities, knn_density, knn_class_density, knn_class_density_readings, softmax_derivation, softmax_split, softmax_stable, softmax_gradient, softmax_training, softmax_curves, softmax_accuracy, softmax_scaling, softmax_repeated, softmax_findings, lls_boundary, lls_repeated, lls_findings, lls_singular]
"""

# %% tag: lls_accuracy
for n, (points, labels, *_) in sets.items():
    print(f"n = {n}: accuracy {LinearLeastSquares().fit(points, labels).accuracy(points, labels):.3f}")
