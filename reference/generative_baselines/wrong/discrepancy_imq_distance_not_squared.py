"""
breaks: [mmd.imq]
says: >-
  The distance in the inverse multi-quadratic kernel is not squared.
"""


def inverse_multiquadric(squared_distance, bandwidth):
    return 1 / np.sqrt(1 + np.sqrt(squared_distance) / bandwidth**2)
