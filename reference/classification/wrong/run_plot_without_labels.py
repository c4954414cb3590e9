"""
base: solution
breaks: [knn.plot]
says: lacks axis labels
only: [knn.plot]
drop: [lls_data, lls_plot, lls_accuracy, lls_boundary, lls_repeated, lls_findings, lls_singular, softmax_derivation, softmax_split, softmax_stable, softmax_gradient, softmax_training, softmax_curves, softmax_accuracy, softmax_scaling, softmax_repeated, softmax_findings, knn_kneighbours, knn_sweep, knn_boundary, knn_all_points, knn_findings, knn_class_probabilities, knn_density, knn_class_density, knn_class_density_readings]
"""

# %% tag: knn_plot
plt.scatter(X_train[:, 0], X_train[:, 1], c=y_train)
plt.show()

# %% [markdown] tag: knn_plot
