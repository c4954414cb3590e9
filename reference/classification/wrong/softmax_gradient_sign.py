"""
breaks: [softmax.gradient]
says: >-
  The gradient is that of the log-likelihood, onehot(y) - p, which has the opposite sign of that of the cross
  entropy; subtracting it makes the loss larger.
"""


def cross_entropy_gradient(theta, X, y, reduction="sum"):
    extended = with_ones(X)
    difference = softmax(extended @ theta)
    difference[np.arange(len(difference)), y] -= 1
    return -extended.T @ difference / _divisor(reduction, len(extended))
