"""
breaks: [softmax.gradient]
also: [softmax.stable]
says: >-
  The largest score is taken over the points and not over the classes of each point, so every class is shifted by
  another number and the probabilities change. Look at the axis of the maximum.
"""


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=0))
    return powers / powers.sum(axis=1, keepdims=True)
