"""
breaks: [softmax.gradient]
says: >-
  This is the gradient of the squared error of the probabilities, not of the cross entropy: p - onehot(y) is
  multiplied by the derivative of the softmax once more. In the gradient of the cross entropy that factor cancels.
"""


def cross_entropy_gradient(theta, X, y, reduction="sum"):
    extended = with_ones(X)
    p = softmax(extended @ theta)
    error = p.copy()
    error[np.arange(len(error)), y] -= 1
    difference = p * (error - (p * error).sum(axis=1, keepdims=True))
    return extended.T @ difference / _divisor(reduction, len(extended))
