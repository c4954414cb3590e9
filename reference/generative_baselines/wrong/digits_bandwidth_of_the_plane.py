"""
breaks: [digits.mmd]
says: your kernel is zero for any two different images
base: digits_tables
only: [digits]
"""

# %% tag: digits_mmd
unseen, width = digits_test, 0.3
for name, sample in made.items():
    print(name, *(round(mmd_squared(unseen, sample, "se", h), 6) for h in (0.1, 0.3, 0.8)))
