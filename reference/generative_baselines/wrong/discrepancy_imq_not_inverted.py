"""
breaks: [mmd.imq]
says: >-
  The kernel grows with the distance: the multi-quadratic is not inverted. A point must resemble itself most;
  evaluate the kernel at distances 0 and h.
"""


def inverse_multiquadric(squared_distance, bandwidth):
    return np.sqrt(1 + squared_distance / bandwidth**2)
