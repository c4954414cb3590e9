"""
breaks: [mmd.imq]
says: >-
  The square root in the denominator of the inverse multi-quadratic is missing.
"""

def inverse_multiquadric(squared_distance, bandwidth):
    return 1 / (1 + squared_distance / bandwidth**2)
