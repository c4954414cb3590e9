"""
breaks: [kde.density]
says: >-
  The places that are asked for are worked off in batches, and the last, smaller batch keeps the zeros of the empty
  result. Ask for a number of places that is no multiple of the batch.
"""

BATCH = 1024


class KernelDensity:
    def score_samples(self, X):
        X = self._checked(X)
        n, d = self.data_.shape
        log_norm = np.log(n) + d * np.log(self.bandwidth) + 0.5 * d * np.log(2 * np.pi)
        result = np.zeros(len(X))
        for batch in range(len(X) // BATCH):
            part = slice(batch * BATCH, (batch + 1) * BATCH)
            result[part] = self._log_sum(X[part]) - log_norm
        return result
