"""
breaks: [kde.density]
says: >-
  The last points of every question get the value 0: the points are worked off in batches, and the batch that
  is not full is left out. Ask for a number of points that is no multiple of the batch size.
"""


class KernelDensity:
    def score_samples(self, X):
        n, d = self.data_.shape
        log_norm = np.log(n) + d * np.log(self.bandwidth) + 0.5 * d * np.log(2 * np.pi)
        answers, batch = np.zeros(len(X)), 1000
        for number in range(len(X) // batch):
            part = slice(number * batch, (number + 1) * batch)
            answers[part] = self._log_sum(X[part]) - log_norm
        return answers
