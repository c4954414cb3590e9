"""
base: solution
breaks: [mmd.bandwidth]
only: [mmd.bandwidth]
says: only used with one bandwidth
drop: [models_check, hyperparameters, training_size, representative, density_plots, sample_plots, representation, digits_models, digits_mmd, digits_study, digits_samples, digits_classifier, digits_recognisability, digits_proportions, digits_findings]
"""

# %% tag: bandwidth

# %% [markdown] tag: bandwidth

# %% tag: accuracy
models = {
    "histogram": Histogram2D(bins=16, random_state=1),
    "Gaussian": Gaussian(random_state=1),
    "mixture": GaussianMixture(n_components=6, n_init=1, random_state=1),
    "kernel density": KernelDensity(bandwidth=0.1, random_state=1),
}
for name, model in models.items():
    for kernel in ("se", "imq"):
        print(f"{name:20} {kernel} {mmd_squared(test, model.fit(train).sample(300), kernel, 0.2):.5f}")

# %% [markdown] tag: findings
# The Gaussian is the worst model, all others come close to the data.
