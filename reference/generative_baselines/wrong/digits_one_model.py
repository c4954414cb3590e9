"""
breaks: [digits.density_forest, digits.models, digits.mmd, digits.samples, digits.study]
says: one model only
base: digits_tables
only: [digits]
"""

# %% tag: digits_models
digit_models = {
    "gmm": mixture.GaussianMixture(10, reg_covar=0.3, max_iter=30, random_state=0),
}


def draw(model, n):
    drawn = model.sample(n)
    return drawn[0] if isinstance(drawn, tuple) else drawn


made = {name: draw(model.fit(digits_train), 400) for name, model in digit_models.items()}

# %% tag: digits_study
for n in (200, 600, 1200):
    for k in (3, 5, 15):
        gmm = mixture.GaussianMixture(k, reg_covar=0.3, max_iter=20, random_state=0).fit(digits_train[:n])
        print(k, n, mmd_squared(digits_test, draw(gmm, 300), "se", 40))
