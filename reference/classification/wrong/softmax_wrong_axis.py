"""
breaks: [softmax.gradient]
also: [softmax.stable]
says: >-
  The softmax is taken over the points, not over the classes: each column of the probabilities sums to one, and the
  rows do not. Look at the axis of the sum.
"""


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=0, keepdims=True))
    return powers / powers.sum(axis=0, keepdims=True)
