"""
breaks: [softmax.gradient]
says: >-
  The one-hot labels are shifted by one class: every point pulls towards the class before its own. Digits are
  numbered from 0, so no 1 has to be subtracted.
"""


def cross_entropy_gradient(theta, X, y, reduction="sum"):
    extended = with_ones(X)
    difference = softmax(extended @ theta)
    difference[np.arange(len(difference)), y - 1] -= 1
    return extended.T @ difference / _divisor(reduction, len(extended))
