"""
base: solution
breaks: [plots.density]
only: [plots]
says: No figure of learned densities was found
drop: [models_check, bandwidth, accuracy, hyperparameters, training_size, density_plots, digits_data, digits_models, digits_mmd, digits_study, digits_samples, digits_classifier, digits_recognisability, digits_proportions, digits_findings]
also: [plots.representation]
"""

# %% tag: representation
