"""
breaks: [gmm.density]
says: >-
  The density is that of one component alone: functions made in a loop all use the loop's last index. Give the
  index to each of them as a default argument, or compute the components without such functions.
"""


class GaussianMixture:
    def score_samples(self, X):
        X = self._checked(X)
        components = [lambda X: self._one(X, k) for k in range(len(self.weights_))]
        weighted = [np.log(w) + f(X) for w, f in zip(self.weights_, components, strict=True)]
        return logsumexp(np.array(weighted), axis=0)

    def _one(self, X, k):
        moved = X - self.means_[k]
        distance = (moved @ np.linalg.inv(self.covariances_[k]) * moved).sum(axis=1)
        return -0.5 * (distance + np.linalg.slogdet(2 * np.pi * self.covariances_[k])[1])
