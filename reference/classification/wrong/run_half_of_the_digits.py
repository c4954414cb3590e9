"""
base: solution
breaks: [softmax.split]
says: 50.0% of the digits
only: [softmax.split]
drop: [knn_data, knn_plot, knn_kneighbours, knn_sklearn, knn_sweep, knn_boundary, knn_all_points, knn_findings, knn_class_probabilities, knn_density, knn_class_density, knn_class_density_readings, lls_data, lls_plot, lls_accuracy, lls_boundary, lls_repeated, lls_findings, lls_singular, softmax_derivation, softmax_stable, softmax_gradient, softmax_training, softmax_curves, softmax_accuracy, softmax_scaling, softmax_repeated, softmax_findings]
"""

# %% tag: softmax_split
images, digits = task3.make_data()
pixels_train, pixels_test, digits_train, digits_test = train_test_split(images / 16, digits, test_size=0.5)
