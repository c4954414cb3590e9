"""
breaks: [mmd.se]
says: >-
  The exponent is divided by 2 h where the sheet prints h². Evaluate the kernel at the distance h for two
  bandwidths and compare with the formula.
"""


def squared_exponential(squared_distance, bandwidth):
    return np.exp(-squared_distance / (2 * bandwidth))
