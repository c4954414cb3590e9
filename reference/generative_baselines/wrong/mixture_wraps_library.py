"""
opens: [rules.from_scratch, gmm.fit, gmm.density, gmm.sampling, gmm.one_equals_gaussian]
says: The class hands the work to scikit-learn's own mixture; the sheet asks for your own algorithm.
base: models
"""

from sklearn.mixture import GaussianMixture as Ready


class GaussianMixture:
    def fit(self, X):
        self._ready = Ready(self.n_components, n_init=3, random_state=self.random_state).fit(X)
        return self

    def score_samples(self, X):
        return self._ready.score_samples(X)

    def sample(self, n_samples=1):
        return self._ready.sample(n_samples)[0]
