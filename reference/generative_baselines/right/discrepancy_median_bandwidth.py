"""
habit: >-
  The bandwidth is a factor on the median distance of the pooled sample.
also: [mmd.se, mmd.imq, mmd.estimator, mmd.vectorised]
"""


def mmd_squared(X, Y, kernel="se", bandwidth=1.0):
    pooled = np.concatenate([X, Y])
    distances = cdist(pooled, pooled, "sqeuclidean")
    squared = bandwidth**2 * np.median(distances[distances > 0])
    values = np.exp(-distances / squared) if kernel == "se" else 1 / np.sqrt(1 + distances / squared)
    n = len(X)
    return values[:n, :n].mean() + values[n:, n:].mean() - 2 * values[:n, n:].mean()
