"""
breaks: [mmd.se]
says: >-
  The exponent is divided by the fourth power of h: a bandwidth that was squared before is squared again.
  Print what reaches the kernel as its bandwidth.
"""


def squared_exponential(squared_distance, bandwidth):
    return np.exp(-squared_distance / bandwidth**4)
