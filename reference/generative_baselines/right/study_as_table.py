"""
base: solution
only: [data, mmd.bandwidth, study]
habit: no figure at all, everything printed or in a data frame, comments in German in the code
drop: [models_check, hyperparameters, training_size, representative, density_plots, sample_plots, representation, digits_data, digits_models, digits_mmd, digits_study, digits_samples, digits_classifier, digits_recognisability, digits_proportions, digits_findings]
"""

# %% tag: data
alle, _ = make_moons(3000, noise=0.1, random_state=7)
train, test = alle[:1000], alle[2000:2600]

# %% tag: bandwidth
for h in [0.1, 0.3, 1.0]:
    gauss = Gaussian(random_state=1).fit(train)
    print("h =", h, "Monde:", mmd_squared(test, alle[1500:2000], "imq", h), "Gauss:", mmd_squared(test, gauss.sample(500), "imq", h))
# Bei h = 0.3 ist der Abstand zwischen echten Monden und der Normalverteilung am größten, darum nehmen wir diesen Wert.

# %% [markdown] tag: bandwidth

# %% tag: accuracy
zeilen = []
for n in [50, 200, 1000]:
    for modell in (
        *(Histogram2D(bins=b, random_state=1) for b in (4, 10, 25)),
        Gaussian(random_state=1),
        *(GaussianMixture(n_components=k, n_init=1, random_state=1) for k in (1, 3, 8)),
        *(KernelDensity(bandwidth=h, random_state=1) for h in (0.02, 0.1, 0.6)),
    ):
        wert = mmd_squared(test, modell.fit(train[:n]).sample(400), "se", 0.3)
        zeilen.append({"Modell": type(modell).__name__, "n": n, "MMD2": wert})
pd.DataFrame(zeilen)

# %% [markdown] tag: findings
# Die Normalverteilung ist für jede Größe der Trainingsmenge am schlechtesten; das Histogramm braucht viele Punkte, und
# die Kerndichte mit Breite 0.1 ist fast so gut wie echte Daten.
