"""
breaks: [softmax.gradient]
also: [softmax.stable]
says: >-
  The exponentials are not divided by their sum, so what should be probabilities does not sum to one.
"""


def softmax(logits):
    return np.exp(logits - logits.max(axis=-1, keepdims=True))
