"""
breaks: [digits.recognisability]
says: generated digits are compared with the labels of real ones
base: digits_tables
only: [digits]
"""

# %% tag: digits_recognisability
for name, sample in made.items():
    print(f"{name:8} accuracy {clf.score(sample, labels_test[:400]):.2f}")
