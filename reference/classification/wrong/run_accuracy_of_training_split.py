"""
base: solution
breaks: [softmax.accuracy]
says: that of the training split
only: [softmax.split, softmax.curves, softmax.accuracy]
drop: [knn_data, knn_plot, knn_kneighbours, knn_sklearn, knn_sweep, knn_boundary, knn_all_points, knn_findings, knn_class_probabilities, knn_density, knn_class_density, knn_class_density_readings, lls_data, lls_plot, lls_accuracy, lls_boundary, lls_repeated, lls_findings, lls_singular, softmax_stable, softmax_gradient, softmax_scaling, softmax_repeated, softmax_findings]
"""

# %% tag: softmax_training
softmax_model = SoftmaxRegression(learning_rate=0.001, steps=1000)
softmax_model.fit(pixels_train, digits_train, pixels_test, digits_test)
history = softmax_model.history_

# %% tag: softmax_accuracy
print(f"final accuracy: {softmax_model.accuracy(pixels_train, digits_train):.4f}")

# %% [markdown] tag: softmax_accuracy
