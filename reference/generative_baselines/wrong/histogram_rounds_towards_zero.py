"""
breaks: [histogram.density]
says: >-
  The density goes on for one bin below the range: int() rounds towards zero, so that -0.4 becomes bin 0. Round
  downwards, or compare with the range before counting bins.
"""


class Histogram2D:
    def score_samples(self, X):
        steps = [edges[1] - edges[0] for edges in (self.x_edges_, self.y_edges_)]
        values = []
        for x, y in np.asarray(X, dtype=float):
            i, j = int((x - self.x_edges_[0]) / steps[0]), int((y - self.y_edges_[0]) / steps[1])
            inside = 0 <= i < self.weights_.shape[0] and 0 <= j < self.weights_.shape[1]
            values.append(self.weights_[i, j] / (steps[0] * steps[1]) if inside else 0.0)
        with np.errstate(divide="ignore"):
            return np.log(values)
