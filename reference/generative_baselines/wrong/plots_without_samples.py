"""
base: solution
breaks: [plots.samples]
only: [plots]
says: No figure of generated points was found
drop: [models_check, bandwidth, accuracy, hyperparameters, training_size, sample_plots, digits_data, digits_models, digits_mmd, digits_study, digits_samples, digits_classifier, digits_recognisability, digits_proportions, digits_findings]
also: [plots.representation]
"""

# %% tag: representation
