"""
breaks: [softmax.gradient]
says: >-
  Only the parameters of a point's own class get a slope. The other classes' probabilities depend on their
  parameters too: their derivative is p, not zero.
"""


def cross_entropy_gradient(theta, X, y, reduction="sum"):
    extended = with_ones(X)
    p = softmax(extended @ theta)
    difference = np.zeros_like(p)
    number = np.arange(len(p))
    difference[number, y] = p[number, y] - 1
    return extended.T @ difference / _divisor(reduction, len(extended))
