"""
base: solution
breaks: [data.moons]
only: [data]
says: without noise
drop: [models_check, bandwidth, hyperparameters, training_size, representative, density_plots, sample_plots, representation, digits_data, digits_models, digits_mmd, digits_study, digits_samples, digits_classifier, digits_recognisability, digits_proportions, digits_findings]
"""

# %% tag: data
def moons(size, seed):
    return make_moons(size, random_state=seed)[0]


train, test = moons(500, seed=1), moons(500, seed=2)

# %% tag: accuracy
for size in (50, 200, 1000):
    for model in (Gaussian(random_state=1), KernelDensity(bandwidth=0.1, random_state=1)):
        print(size, mmd_squared(test, model.fit(moons(size, seed=size)).sample(300), "se", 0.2))
