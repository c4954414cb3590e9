"""
base: solution
habit: the whole second task in one cell, points and line in one panel, accuracy in titles alone
only: [lls.outliers, lls.plot, lls.accuracy, lls.boundary]
drop: [knn_data, knn_plot, knn_kneighbours, knn_sklearn, knn_sweep, knn_boundary, knn_all_points, knn_findings, knn_class_probabilities, knn_density, knn_class_density, knn_class_density_readings, softmax_derivation, softmax_split, softmax_stable, softmax_gradient, softmax_training, softmax_curves, softmax_accuracy, softmax_scaling, softmax_repeated, softmax_findings, lls_plot, lls_accuracy, lls_boundary, lls_repeated, lls_findings, lls_singular]
"""

# %% tag: lls_data
fig, axs = plt.subplots(1, 5, figsize=(15, 3))
for i in range(5):
    n = 2**i
    X, y, Xt, yt = task2.make_data(n)
    clf = LinearLeastSquares().fit(X, y)
    acc = np.mean(clf.predict(Xt) == yt)
    ax = axs[i]
    ax.scatter(X[y == 1, 0], X[y == 1, 1], label="+1")
    ax.scatter(X[y == -1, 0], X[y == -1, 1], label="-1")
    w1, w2, b = clf.theta_
    xs = np.linspace(-4, 7, 10)
    ax.plot(xs, -(w1 * xs + b) / w2, "k--", label="f(x) = 0")
    ax.set_title(f"n={n}, acc: {100 * acc:.1f}%")
    ax.set_xlabel("x1"), ax.set_ylabel("x2")
axs[0].legend()
plt.tight_layout()
plt.show()
