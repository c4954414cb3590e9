"""
base: solution
breaks: [data.moons, study.accuracy]
only: [data, study.accuracy]
says: the very points that the models were trained on
drop: [models_check, hyperparameters, training_size, representative, density_plots, sample_plots, representation, digits_data, digits_models, digits_mmd, digits_study, digits_samples, digits_classifier, digits_recognisability, digits_proportions, digits_findings]
"""

# %% tag: bandwidth
for h in (0.05, 0.2, 1.0):
    print(h, mmd_squared(train, Gaussian(random_state=4).fit(train).sample(250), "se", h))

# %% tag: accuracy
for size in (50, 200, 500):
    data = train[:size]
    models = {
        "histogram": Histogram2D(bins=16, random_state=1),
        "Gaussian": Gaussian(random_state=1),
        "mixture": GaussianMixture(n_components=4, n_init=1, random_state=1),
        "kernel density": KernelDensity(bandwidth=0.1, random_state=1),
    }
    for name, model in models.items():
        print(f"{size} {name:20} {mmd_squared(data, model.fit(data).sample(300), 'se', 0.2):.5f}")
