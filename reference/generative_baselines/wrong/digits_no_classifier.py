"""
breaks: [digits.classifier, digits.recognisability, digits.proportions]
says: no classifier
base: digits_tables
only: [digits]
"""

# %% tag: digits_classifier

# %% tag: digits_recognisability

# %% tag: digits_proportions
