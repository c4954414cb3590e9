"""
breaks: [mmd.imq]
says: >-
  The squared distance is divided by h where the sheet prints h²: the two agree for a bandwidth of one only.
  Evaluate the kernel at the distance h.
"""


def inverse_multiquadric(squared_distance, bandwidth):
    return 1 / np.sqrt(1 + squared_distance / bandwidth)
