"""
base: solution
habit: one figure for everything, titles in German, densities as colours of the points
only: [knn.plot, knn.sweep, knn.boundary, knn.density, knn.class_density, knn.matches_sklearn]
drop: [lls_data, lls_plot, lls_accuracy, lls_boundary, lls_repeated, lls_findings, lls_singular, softmax_derivation, softmax_split, softmax_stable, softmax_gradient, softmax_training, softmax_curves, softmax_accuracy, softmax_scaling, softmax_repeated, softmax_findings, knn_kneighbours, knn_all_points, knn_class_probabilities, knn_class_density_readings]
"""

# %% tag: knn_plot
plt.figure()
streuung = plt.scatter(X_train[:, 0], X_train[:, 1], c=y_train)
plt.legend(*streuung.legend_elements(), title="Klasse")
plt.xlabel("$x_1$"), plt.ylabel("$x_2$"), plt.title("Trainingspunkte")
plt.show()

# %% [markdown] tag: knn_plot

# %% tag: knn_sweep
def zeichne_grenze(k):
    modell = KNearestNeighbours(k).fit(X_train, y_train)
    gx, gy = np.meshgrid(np.linspace(-4, 4, 60), np.linspace(-4, 4, 60))
    klassen = modell.predict(np.c_[gx.ravel(), gy.ravel()]).reshape(gx.shape)
    plt.figure(figsize=(3, 3))
    plt.pcolormesh(gx, gy, klassen, shading="nearest")
    plt.title(f"Entscheidungsgrenze für k={k}")
    plt.xlabel("$x_1$"), plt.ylabel("$x_2$")
    plt.colorbar(label="Klasse")
    plt.show()


for i in range(10):
    zeichne_grenze(2**i)

# %% [markdown] tag: knn_sweep

# %% tag: knn_boundary

# %% [markdown] tag: knn_boundary

# %% tag: knn_density
for k in [2, 4, 8, 16, 32]:
    dichte = KNearestNeighbours(k).fit(X_train, y_train).density(X_train)
    plt.figure(figsize=(3, 3))
    plt.scatter(X_train[:, 0], X_train[:, 1], c=np.log(dichte))
    plt.colorbar(label="log p(x)")
    plt.title(f"Dichte, k={k}"), plt.xlabel("$x_1$"), plt.ylabel("$x_2$")
    plt.show()

# %% [markdown] tag: knn_density

# %% tag: knn_class_density
for k in [2, 4, 8, 16, 32]:
    dichten = KNearestNeighbours(k).fit(X_train, y_train).class_density(X_train)
    abbildung, felder = plt.subplots(1, 3, figsize=(9, 3))
    for c, feld in enumerate(felder):
        bild = feld.scatter(X_train[:, 0], X_train[:, 1], c=np.log(dichten[:, c] + 1e-9))
        feld.set(title=f"p(x|c={c}), k={k}", xlabel="$x_1$", ylabel="$x_2$")
    abbildung.colorbar(bild, ax=felder)
    plt.show()

# %% [markdown] tag: knn_class_density
