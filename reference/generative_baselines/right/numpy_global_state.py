"""
habit: >-
  All random draws come from NumPy's global generator.
"""

class KernelDensity:
    def sample(self, n=1):
        centres = self.data_[np.random.randint(0, len(self.data_), n)]
        return centres + np.random.normal(0, self.bandwidth, centres.shape)


class Gaussian:
    def sample(self, n=1):
        return np.random.multivariate_normal(self.mean_, self.covariance_, n)


class Histogram2D:
    def sample(self, n=1):
        rows, columns = [], []
        flat = self.weights_.flatten()
        for _ in range(n):
            index = np.random.choice(len(flat), p=flat)
            i, j = divmod(index, self.weights_.shape[1])
            rows.append(np.random.uniform(self.x_edges_[i], self.x_edges_[i + 1]))
            columns.append(np.random.uniform(self.y_edges_[j], self.y_edges_[j + 1]))
        return np.array([rows, columns]).T
