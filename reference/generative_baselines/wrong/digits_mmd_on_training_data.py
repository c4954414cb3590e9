"""
breaks: [digits.mmd]
says: MMD² compares the samples with the digits that the models were fitted to
base: digits_tables
only: [digits]
"""

# %% tag: digits_mmd
unseen, width = digits_train, 40
for name, sample in made.items():
    print(f"{name:8} {mmd_squared(unseen, sample, 'imq', 30):.5f}")
