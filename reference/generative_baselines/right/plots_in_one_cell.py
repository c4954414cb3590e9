"""
base: solution
only: [plots]
habit: one function that draws images and surfaces, labels by a shared title, aspect given to the axes
drop: [models_check, bandwidth, accuracy, hyperparameters, training_size, representative, sample_plots, representation, digits_data, digits_models, digits_mmd, digits_study, digits_samples, digits_classifier, digits_recognisability, digits_proportions, digits_findings]
"""

# %% tag: density_plots
def bild(modell, name, zeichne=None):
    modell.fit(train)
    x, y = np.linspace(-1.6, 2.6, 120), np.linspace(-1.1, 1.6, 80)
    gx, gy = np.meshgrid(x, y)
    dichte = np.exp(modell.score_samples(np.c_[gx.ravel(), gy.ravel()])).reshape(gx.shape)
    figure = plt.figure(figsize=(9, 3))
    links, rechts = figure.add_subplot(121), figure.add_subplot(122, aspect="equal")
    links.imshow(dichte, origin="lower", extent=(-1.6, 2.6, -1.1, 1.6))
    rechts.plot(*modell.sample(400).T, ".", markersize=2)
    if zeichne:
        rechts.plot(*zeichne(modell), "r+", markersize=12)
    figure.suptitle(name)
    plt.show()


bild(Histogram2D(bins=3, random_state=1), "Histogramm, 3 Kästen")
bild(Histogram2D(bins=20, random_state=1), "Histogramm, 20 Kästen")
bild(GaussianMixture(n_components=2, n_init=1, random_state=1), "Mischung, 2", lambda m: m.means_.T)
bild(KernelDensity(bandwidth=0.1, random_state=1), "Kerndichte, 0.1")
bild(KernelDensity(bandwidth=0.6, random_state=1), "Kerndichte, 0.6")

# %% [markdown] tag: plots_findings
# Das grobe Histogramm und die breite Kerndichte verwischen die Monde, die Mischung aus zwei Komponenten ist zu einfach.
