"""
breaks: [softmax.gradient]
says: >-
  The slope by the biases is always zero, so they never leave their start. Their derivative is the sum of
  p - onehot(y) over the points, as if every point had one more column of ones.
"""


def cross_entropy_gradient(theta, X, y, reduction="sum"):
    extended = with_ones(X)
    difference = softmax(extended @ theta)
    difference[np.arange(len(difference)), y] -= 1
    slope = extended.T @ difference / _divisor(reduction, len(extended))
    slope[0] = 0
    return slope
