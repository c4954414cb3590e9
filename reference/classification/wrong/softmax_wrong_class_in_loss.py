"""
breaks: [softmax.gradient]
says: >-
  The loss takes the logarithm of the probabilities of all the other classes, log(1 - p) with the indicator turned
  round, so its gradient is another one.
"""


def cross_entropy_gradient(theta, X, y, reduction="sum"):
    extended = with_ones(X)
    p = softmax(extended @ theta)
    target = np.zeros_like(p)
    target[np.arange(len(p)), y] = 1
    weight = (1 - target) * p / np.maximum(1 - p, 1e-12)
    difference = weight - p * weight.sum(axis=1, keepdims=True)
    return extended.T @ difference / _divisor(reduction, len(extended))
