"""
breaks: [mmd.se]
says: >-
  The exponent is divided by 2 h², where the sheet prints h².
"""

def squared_exponential(squared_distance, bandwidth):
    return np.exp(-squared_distance / (2 * bandwidth**2))
