"""
base: solution
breaks: [plots.axis_equal]
only: [plots]
says: None of the 12 panels with densities or samples has equal axes
drop: [models_check, bandwidth, accuracy, hyperparameters, training_size, sample_plots, representation, digits_data, digits_models, digits_mmd, digits_study, digits_samples, digits_classifier, digits_recognisability, digits_proportions, digits_findings]
also: [plots.representation]
"""

# %% tag: density_plots
axis_x, axis_y = np.meshgrid(np.linspace(-1.6, 2.6, 100), np.linspace(-1.1, 1.6, 80))
grid = np.column_stack([axis_x.ravel(), axis_y.ravel()])
for (name, label), model in list(REPRESENTATIVE.items())[:6]:
    figure, panels = plt.subplots(1, 2, figsize=(7, 6))
    panels[0].contourf(axis_x, axis_y, np.exp(model.score_samples(grid)).reshape(axis_x.shape))
    panels[1].scatter(*model.sample(300).T, s=4)
    figure.suptitle(f"{name}, {label}")
    plt.show()
