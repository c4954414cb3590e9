"""
breaks: [mmd.se]
says: >-
  The squared distance is multiplied by the bandwidth, as by the gamma of some libraries, where the sheet
  divides by h²: a larger bandwidth makes the kernel narrower. Plot it for two bandwidths.
"""


def squared_exponential(squared_distance, bandwidth):
    return np.exp(-bandwidth * squared_distance)
