"""
breaks: [digits.classifier]
also: [digits.recognisability, digits.proportions]
says: the classifier is trained on generated digits with components as labels
base: digits_tables
only: [digits]
"""

# %% tag: digits_classifier
gmm_digits, components = digit_models["gmm"].sample(1000)
clf = RandomForestClassifier(60, random_state=0)
clf.fit(gmm_digits, components)
print("accuracy", clf.score(gmm_digits, components))
