"""
base: solution
only: [digits]
habit: functions with German names, pixels between 0 and 1, mixtures after a projection, one model per digit, a montage
drop: [models_check, bandwidth, accuracy, hyperparameters, training_size, findings, representative, density_plots, sample_plots, representation, plots_findings, data]
"""

# %% tag: digits_data
from sklearn.decomposition import PCA

ziffern = load_digits()
pixel, klassen = ziffern.data / 16, ziffern.target
reihenfolge = np.random.default_rng(4).permutation(len(pixel))
lern, pruef = reihenfolge[:1300], reihenfolge[1300:]

# %% tag: digits_models
hauptachsen = PCA(25, random_state=0).fit(pixel[lern])


def neue_ziffern(art, wert, daten, anzahl):
    """Modell lernen und neue Ziffern ziehen."""
    if art in ("Mischung", "Gauss"):
        m = mixture.GaussianMixture(wert, covariance_type="full", reg_covar=1e-3, max_iter=30, random_state=1)
        m.fit(hauptachsen.transform(daten))
        return hauptachsen.inverse_transform(m.sample(anzahl)[0])
    if art == "Kerndichte":
        return neighbors.KernelDensity(bandwidth=wert).fit(daten).sample(anzahl, random_state=2)
    return DensityForest(n_trees=4, max_depth=wert, random_state=3).fit(daten).sample(anzahl)

# %% tag: digits_mmd
einstellungen = {"Mischung": [2, 6, 15], "Gauss": [1], "Kerndichte": [0.03, 0.1, 0.4], "Wald": [3, 6, 12]}
tabelle = []
for art, werte in einstellungen.items():
    for wert in werte:
        for groesse in (250, 1300):
            neu = neue_ziffern(art, wert, pixel[lern[:groesse]], 300)
            tabelle.append([art, wert, groesse, mmd_squared(pixel[pruef], neu, "se", 2.5)])
tabelle = pd.DataFrame(tabelle, columns=["Art", "Wert", "Lernziffern", "MMD2"])

# %% tag: digits_study
for art, teil in tabelle.groupby("Art"):
    for groesse, kurve in teil.groupby("Lernziffern"):
        plt.plot(kurve["Wert"], kurve["MMD2"], "o-", label=f"{art}, {groesse} Ziffern")
plt.xscale("log")
plt.xlabel("Einstellung")
plt.ylabel("MMD²")
plt.legend(fontsize=6)
plt.show()

# %% tag: digits_samples
for art, wert in [("Mischung", 15), ("Kerndichte", 0.1), ("Wald", 12)]:
    bilder = neue_ziffern(art, wert, pixel[lern], 24).reshape(3, 8, 8, 8)
    plt.matshow(np.vstack([np.hstack(list(zeile)) for zeile in bilder]), cmap="gray_r")
    plt.title(f"{art} {wert}")
    plt.axis("off")
plt.show()

# %% tag: digits_classifier
richter = RandomForestClassifier(80, random_state=5)
richter.fit(pixel[lern], klassen[lern])
print("Trefferquote", np.mean(richter.predict(pixel[pruef]) == klassen[pruef]))

# %% tag: digits_recognisability
def je_ziffer(art, wert):
    """Von jeder Ziffer gleich viele: ein Modell pro Klasse."""
    return np.vstack([neue_ziffern(art, wert, pixel[lern][klassen[lern] == z], 20) for z in range(10)])


soll = np.repeat(np.arange(10), 20)
for art, wert in [("Mischung", 2), ("Gauss", 1), ("Kerndichte", 0.1), ("Wald", 12)]:
    erkannt = richter.predict(je_ziffer(art, wert)) == soll
    print(f"{art:12} {erkannt.mean():.2f} erkannt")

# %% tag: digits_proportions
