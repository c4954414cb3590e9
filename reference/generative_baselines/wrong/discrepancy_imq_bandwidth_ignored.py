"""
breaks: [mmd.imq]
says: >-
  The inverse multi-quadratic kernel is the same for every bandwidth: its width is fixed to one, by a default of
  its own for instance. Change the bandwidth and see whether the value moves.
"""


def inverse_multiquadric(squared_distance, bandwidth):
    return 1 / np.sqrt(1 + squared_distance) * np.ones_like(bandwidth, dtype=float)
