"""
base: solution
breaks: [study.accuracy]
only: [mmd.bandwidth, study]
says: No MMD² was found for the single Gaussian
drop: [models_check, hyperparameters, training_size, representative, density_plots, sample_plots, representation, digits_data, digits_models, digits_mmd, digits_study, digits_samples, digits_classifier, digits_recognisability, digits_proportions, digits_findings]
also: [study.hyperparameters, study.training_size]
"""

# %% tag: bandwidth
judged = {"histogram": Histogram2D(bins=4, random_state=3).fit(train), "kernel density": KernelDensity(bandwidth=0.1, random_state=5).fit(train)}
for h in (0.05, 0.2, 1.0):
    for name, model in judged.items():
        print(h, name, mmd_squared(test, model.sample(250), "se", h))

# %% tag: accuracy
models = {
    "histogram": Histogram2D(bins=16, random_state=1),
    "mixture": GaussianMixture(n_components=6, n_init=1, random_state=1),
    "kernel density": KernelDensity(bandwidth=0.1, random_state=1),
}
for name, model in models.items():
    print(f"{name:20} {mmd_squared(test, model.fit(train).sample(300), 'se', 0.2):.5f}")
