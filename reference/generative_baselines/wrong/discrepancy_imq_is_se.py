"""
breaks: [mmd.imq]
says: >-
  Whatever kernel is asked for, the values are those of the squared exponential one: the inverse multi-
  quadratic is never reached. Call both kernels on the same two samples and compare.
"""


def inverse_multiquadric(squared_distance, bandwidth):
    return squared_exponential(squared_distance, bandwidth)
