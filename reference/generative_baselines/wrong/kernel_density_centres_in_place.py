"""
breaks: [kde.density]
same_as: [callers_data_changed]
says: >-
  fit centres the training points where they lie, after it has kept a copy: the estimate is right, but the
  caller's data are moved.
"""


class KernelDensity:
    def fit(self, X, y=None):
        self.data_ = X.copy()
        X -= X.mean(axis=0)
        self.largest_distance_ = np.sqrt((X**2).sum(axis=1).max())
        self.generator_ = np.random.default_rng(self.random_state)
        return self
