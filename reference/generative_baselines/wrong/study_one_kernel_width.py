"""
base: solution
breaks: [study.hyperparameters]
only: [mmd.bandwidth, study]
says: kernel bandwidth
drop: [models_check, bandwidth, accuracy, training_size, representative, density_plots, sample_plots, representation, digits_data, digits_models, digits_mmd, digits_study, digits_samples, digits_classifier, digits_recognisability, digits_proportions, digits_findings]
also: [mmd.bandwidth, study.training_size]
"""

# %% tag: hyperparameters
def judge(model):
    return mmd_squared(test, model.fit(train).sample(300), "se", 0.2), mmd_squared(test, model.sample(300), "imq", 0.4)


figure, panels = plt.subplots(1, 2)
bins, components = [2, 4, 8, 16, 32], [1, 2, 4, 8]
panels[0].plot(bins, [judge(Histogram2D(bins=b, random_state=1)) for b in bins], "o-")
panels[1].plot(components, [judge(GaussianMixture(n_components=k, n_init=1, random_state=1)) for k in components], "o-")
for panel, label in zip(panels, ("bins", "components")):
    panel.set(xlabel=label, ylabel="MMD²", title="MMD² on test data")
plt.show()
print("Gaussian", judge(Gaussian(random_state=1)))
print("kernel density", judge(KernelDensity(bandwidth=0.1, random_state=1)))
