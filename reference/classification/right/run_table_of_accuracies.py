"""
base: solution
habit: accuracies in a data frame alone, regions in place of lines
only: [lls.outliers, lls.plot, lls.accuracy, lls.boundary]
drop: [knn_data, knn_plot, knn_kneighbours, knn_sklearn, knn_sweep, knn_boundary, knn_all_points, knn_findings, knn_class_probabilities, knn_density, knn_class_density, knn_class_density_readings, softmax_derivation, softmax_split, softmax_stable, softmax_gradient, softmax_training, softmax_curves, softmax_accuracy, softmax_scaling, softmax_repeated, softmax_findings, lls_repeated, lls_findings, lls_singular]
"""

# %% tag: lls_accuracy
classifiers = {n: LinearLeastSquares().fit(*sets[n][:2]) for n in sets}
without = LinearLeastSquares().fit(*task2.make_data(0)[:2])
pd.DataFrame({"outliers": list(sets), "accuracy": [classifiers[n].accuracy(*sets[n][2:]) for n in sets]})

# %% tag: lls_boundary
for n, classifier in classifiers.items():
    gx, gy = np.meshgrid(np.linspace(-4, 4, 50), np.linspace(-4, 4, 50))
    plt.imshow(classifier.predict(np.c_[gx.ravel(), gy.ravel()]).reshape(gx.shape), extent=(-4, 4, -4, 4), origin="lower")
    plt.title(f"Predicted label for {n} outliers"), plt.xlabel("x"), plt.ylabel("y"), plt.colorbar()
    plt.show()

# %% [markdown] tag: lls_boundary
