"""
breaks: [kde.density]
same_as: [state_shared_by_models]
says: >-
  Answers are kept by the points that were asked for, and nothing else: a second model that is asked at the same
  points gives the density of the first one. The key of a cache needs everything that the answer depends on.
"""

ANSWERS = {}


class KernelDensity:
    def score_samples(self, X):
        key = np.asarray(X, dtype=float).tobytes()
        if key not in ANSWERS:
            points = self._checked(X) / self.bandwidth
            centres = self.data_ / self.bandwidth
            n, d = centres.shape
            exponents = -0.5 * cdist(points, centres, "sqeuclidean")
            largest = exponents.max(axis=1, keepdims=True)
            log_norm = np.log(n) + d * np.log(self.bandwidth) + 0.5 * d * np.log(2 * np.pi)
            ANSWERS[key] = np.log(np.exp(exponents - largest).sum(axis=1)) + largest[:, 0] - log_norm
        return ANSWERS[key]
