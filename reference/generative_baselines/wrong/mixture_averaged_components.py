"""
breaks: [gmm.sampling]
says: >-
  The samples form one cloud between the clusters: a point of every component is drawn and these are averaged
  by weight. A mixture chooses one component per point.
"""


class GaussianMixture:
    def sample(self, n=1):
        points = np.zeros((n, self.means_.shape[1]))
        for weight, mean, factor in zip(self.weights_, self.means_, self.cholesky_, strict=True):
            points += weight * (mean + self.generator_.standard_normal(points.shape) @ factor.T)
        return points
