"""
breaks: [digits.study]
says: every model is fitted once
base: digits_tables
only: [digits]
"""

# %% tag: digits_study
