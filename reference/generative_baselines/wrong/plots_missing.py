"""
base: solution
breaks: [plots.density, plots.samples, plots.representative, plots.axis_equal, plots.representation]
only: [plots]
says: No figure of learned densities was found
drop: [models_check, bandwidth, hyperparameters, training_size, representative, density_plots, sample_plots, representation, digits_data, digits_models, digits_mmd, digits_study, digits_samples, digits_classifier, digits_recognisability, digits_proportions, digits_findings]
"""

# %% tag: accuracy
for model in (Gaussian(random_state=1), KernelDensity(bandwidth=0.1, random_state=1)):
    print(type(model).__name__, mmd_squared(test, model.fit(train).sample(300), "se", 0.2))
