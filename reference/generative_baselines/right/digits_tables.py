"""
base: solution
only: [digits]
habit: tables and printed numbers in place of curves
drop: [models_check, bandwidth, accuracy, hyperparameters, training_size, findings, representative, density_plots, sample_plots, representation, plots_findings, data]
"""

# %% tag: digits_models
digit_models = {
    "forest": DensityForest(n_estimators=5, random_state=0),
    "gauss": mixture.GaussianMixture(1, reg_covar=0.1, random_state=0),
    "gmm": mixture.GaussianMixture(10, reg_covar=0.3, max_iter=30, random_state=0),
    "kde": neighbors.KernelDensity(bandwidth=1.5),
}


def draw(model, n):
    drawn = model.sample(n)
    return drawn[0] if isinstance(drawn, tuple) else drawn


made = {name: draw(model.fit(digits_train), 400) for name, model in digit_models.items()}

# %% tag: digits_mmd
unseen, width = digits_test, 40
for name, sample in made.items():
    print(f"{name:8} {mmd_squared(unseen, sample, 'imq', 30):.5f}")

# %% tag: digits_study
rows = []
for n in (200, 600, 1200):
    for k in (1, 5, 15):
        gmm = mixture.GaussianMixture(k, reg_covar=0.3, max_iter=20, random_state=0).fit(digits_train[:n])
        rows.append(("gmm", k, n, mmd_squared(unseen, draw(gmm, 300), "se", width)))
    for h in (0.5, 1.5, 5):
        kde = neighbors.KernelDensity(bandwidth=h).fit(digits_train[:n])
        rows.append(("kde", h, n, mmd_squared(unseen, draw(kde, 300), "se", width)))
pd.DataFrame(rows, columns=["model", "setting", "training digits", "MMD²"])

# %% tag: digits_samples
fig, axes = plt.subplots(len(made), 8, figsize=(6, 3.5), squeeze=False)
for row, (name, sample) in zip(axes, made.items()):
    for ax, image in zip(row, sample):
        ax.imshow(image.reshape(8, 8), cmap="gray_r")
        ax.axis("off")
    row[0].set_title(name)
plt.show()

# %% tag: digits_classifier
clf = RandomForestClassifier(60, random_state=0).fit(digits_train, labels_train)
print("accuracy", clf.score(digits_test, labels_test))

# %% tag: digits_recognisability
for name, sample in made.items():
    certainty = clf.predict_proba(sample).max(axis=1)
    print(f"{name:8} mean certainty {certainty.mean():.2f}")

# %% tag: digits_proportions
for name, sample in made.items():
    print(name, np.bincount(clf.predict(sample), minlength=10) / len(sample))
