"""
breaks: [softmax.gradient]
says: >-
  The slope by the weights is summed over the points, but that by the biases is averaged. Both belong to one loss:
  divide both by the number of points, or none.
"""


def cross_entropy_gradient(theta, X, y, reduction="sum"):
    extended = with_ones(X)
    difference = softmax(extended @ theta)
    difference[np.arange(len(difference)), y] -= 1
    slope = extended.T @ difference / _divisor(reduction, len(extended))
    slope[0] /= len(extended)
    return slope
