"""
breaks: [digits.recognisability]
says: the forest is trained on pixels from 0 to 16 and asked about generated ones between 0 and 1
base: digits_tables
only: [digits]
"""

# %% tag: digits_recognisability
for name, sample in made.items():
    certainty = clf.predict_proba(np.asarray(sample) / 16).max(axis=1)
    print(f"{name:8} mean certainty {certainty.mean():.2f}")

# %% tag: digits_proportions
for name, sample in made.items():
    print(name, np.bincount(clf.predict(np.asarray(sample) / 16), minlength=10) / len(sample))
