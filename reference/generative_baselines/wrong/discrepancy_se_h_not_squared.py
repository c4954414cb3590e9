"""
breaks: [mmd.se]
says: >-
  The exponent is divided by h where the sheet prints h²: the two agree for a bandwidth of one only. Evaluate
  the kernel at the distance h.
"""


def squared_exponential(squared_distance, bandwidth):
    return np.exp(-squared_distance / bandwidth)
