"""
breaks: [mmd.se]
says: >-
  The squared exponential kernel is the same for every bandwidth: its width is fixed to one. Change the
  bandwidth and see whether the value moves.
"""


def squared_exponential(squared_distance, bandwidth):
    return np.exp(-squared_distance) * np.ones_like(bandwidth, dtype=float)
