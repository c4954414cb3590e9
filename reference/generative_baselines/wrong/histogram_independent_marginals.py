"""
breaks: [histogram.sampling]
says: >-
  Column and row of a bin are drawn independently of one another, so samples appear where x alone and y alone
  are frequent but never together. Count the samples that fall into bins without any training point.
"""


class Histogram2D:
    def sample(self, n=1):
        column = self.generator_.choice(len(self.weights_), size=n, p=self.weights_.sum(axis=1))
        row = self.generator_.choice(self.weights_.shape[1], size=n, p=self.weights_.sum(axis=0))
        place = self.generator_.uniform(size=(n, 2))
        x = self.x_edges_[column] + place[:, 0] * np.diff(self.x_edges_)[column]
        y = self.y_edges_[row] + place[:, 1] * np.diff(self.y_edges_)[row]
        return np.column_stack([x, y])
