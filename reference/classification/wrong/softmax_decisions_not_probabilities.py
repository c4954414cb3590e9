"""
breaks: [softmax.gradient]
says: >-
  The slope uses the predicted classes (a single one per row) in place of their probabilities; that is the rule of
  the perceptron.
"""


def cross_entropy_gradient(theta, X, y, reduction="sum"):
    extended = with_ones(X)
    p = softmax(extended @ theta)
    difference = np.eye(p.shape[1])[p.argmax(axis=1)]
    difference[np.arange(len(difference)), y] -= 1
    return extended.T @ difference / _divisor(reduction, len(extended))
