"""
base: solution
breaks: [softmax.curves]
says: accuracy on the training split and
only: [softmax.split, softmax.curves, softmax.accuracy]
drop: [knn_data, knn_plot, knn_kneighbours, knn_sklearn, knn_sweep, knn_boundary, knn_all_points, knn_findings, knn_class_probabilities, knn_density, knn_class_density, knn_class_density_readings, lls_data, lls_plot, lls_accuracy, lls_boundary, lls_repeated, lls_findings, lls_singular, softmax_stable, softmax_gradient, softmax_scaling, softmax_repeated]
"""

# %% tag: softmax_curves
plt.plot(history["loss"])
plt.title("Cross entropy on the training split"), plt.xlabel("step"), plt.ylabel("loss")
plt.show()

# %% [markdown] tag: softmax_curves
