"""
breaks: [mmd.imq]
says: >-
  The squared distance is divided by 2 h² where the sheet prints h². Evaluate the kernel at the distance h and
  compare with the formula.
"""


def inverse_multiquadric(squared_distance, bandwidth):
    return 1 / np.sqrt(1 + squared_distance / (2 * bandwidth**2))
