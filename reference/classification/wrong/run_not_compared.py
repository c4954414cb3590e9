"""
base: solution
breaks: [knn.matches_sklearn]
says: No use of KNeighborsClassifier
only: [knn.matches_sklearn]
drop: [lls_data, lls_plot, lls_accuracy, lls_boundary, lls_repeated, lls_findings, lls_singular, softmax_derivation, softmax_split, softmax_stable, softmax_gradient, softmax_training, softmax_curves, softmax_accuracy, softmax_scaling, softmax_repeated, softmax_findings, knn_kneighbours, knn_sweep, knn_boundary, knn_all_points, knn_findings, knn_class_probabilities, knn_density, knn_class_density, knn_class_density_readings]
"""

# %% tag: knn_sklearn
print("k = 5, accuracy", (KNearestNeighbours(5).fit(X_train, y_train).predict(X_test) == y_test).mean())
