"""
breaks: [mmd.se]
says: >-
  The kernel grows with the distance: the minus in its exponent is missing. A point must resemble itself most;
  evaluate the kernel at distances 0 and h.
"""


def squared_exponential(squared_distance, bandwidth):
    return np.exp(np.minimum(squared_distance / bandwidth**2, 50))
