"""
breaks: [digits.samples, digits.proportions]
says: no generated digit is shown, and no class is counted
base: digits_tables
only: [digits]
"""

# %% tag: digits_samples

# %% tag: digits_proportions
