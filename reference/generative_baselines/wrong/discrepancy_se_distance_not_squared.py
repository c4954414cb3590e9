"""
breaks: [mmd.se]
says: >-
  The distance in the exponent is not squared.
"""

def squared_exponential(squared_distance, bandwidth):
    return np.exp(-np.sqrt(squared_distance) / bandwidth)
