"""
breaks: [mmd.imq]
says: >-
  The squared distances are divided by h² twice, once in place before the kernel sees them. The two agree for a
  bandwidth of one only.
"""


def inverse_multiquadric(squared_distance, bandwidth):
    return 1 / np.sqrt(1 + squared_distance / bandwidth**4)
