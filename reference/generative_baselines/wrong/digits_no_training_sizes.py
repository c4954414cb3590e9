"""
breaks: [digits.study]
says: one size of the training set only
base: digits_tables
only: [digits]
"""

# %% tag: digits_study
rows = []
n = 1200
for seed in (0, 1):
    for k in (1, 5, 15):
        gmm = mixture.GaussianMixture(k, reg_covar=0.3, max_iter=20, random_state=0).fit(digits_train)
        rows.append(("gmm", k, n, mmd_squared(digits_test, draw(gmm, 300), "se", 40)))
    for h in (0.5, 1.5, 5):
        kde = neighbors.KernelDensity(bandwidth=h).fit(digits_train)
        rows.append(("kde", h, n, mmd_squared(digits_test, draw(kde, 300), "se", 40)))
pd.DataFrame(rows, columns=["model", "setting", "training digits", "MMD²"])
