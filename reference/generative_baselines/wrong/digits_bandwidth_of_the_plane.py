"""
breaks: [digits.mmd]
says: your kernel is zero for any two different images
base: digits_tables
only: [digits]
"""

# %% tag: digits_mmd
for name, sample in made.items():
    print(name, *(round(mmd_squared(digits_test, sample, "se", h), 6) for h in (0.1, 0.3, 0.8)))

# %% tag: digits_study
rows = []
for n in (200, 600, 1200):
    for k in (1, 5, 15):
        gmm = mixture.GaussianMixture(k, reg_covar=0.3, max_iter=20, random_state=0).fit(digits_train[:n])
        rows.append(("gmm", k, n, mmd_squared(digits_test, draw(gmm, 300), "se", 0.3)))
    for h in (0.5, 1.5, 5):
        kde = neighbors.KernelDensity(bandwidth=h).fit(digits_train[:n])
        rows.append(("kde", h, n, mmd_squared(digits_test, draw(kde, 300), "se", 0.3)))
pd.DataFrame(rows, columns=["model", "setting", "training digits", "MMD²"])
