"""
breaks: [kde.density, mmd.vectorised]
same_as: [kernel_density_normalised_by_h, kernel_pair_by_pair]
base: none
says: >-
  Python loops; the kernel density is divided by the bandwidth once, where two dimensions need it twice.
"""

# %%
import math
import random
import numpy as np
import matplotlib.pyplot as plt
from sklearn.datasets import make_moons

random.seed(1)
np.random.seed(1)

# %%
# create the data. we ignore the labels
X_train, labels = make_moons(n_samples=200, noise=0.1)
X_test, labels_test = make_moons(n_samples=200, noise=0.1)
print(X_train.shape)

# %%
class MyHistogram:

    def __init__(self, number_of_bins):
        self.number_of_bins = number_of_bins

    def fit(self, X):
        # find the smallest and largest values
        self.x_min = X[0][0]
        self.x_max = X[0][0]
        self.y_min = X[0][1]
        self.y_max = X[0][1]
        for point in X:
            if point[0] < self.x_min:
                self.x_min = point[0]
            if point[0] > self.x_max:
                self.x_max = point[0]
            if point[1] < self.y_min:
                self.y_min = point[1]
            if point[1] > self.y_max:
                self.y_max = point[1]
        self.bin_width_x = (self.x_max - self.x_min) / self.number_of_bins
        self.bin_width_y = (self.y_max - self.y_min) / self.number_of_bins
        # empty list of lists for the counts
        self.counts = []
        for i in range(self.number_of_bins):
            row = []
            for j in range(self.number_of_bins):
                row.append(0)
            self.counts.append(row)
        # now count the points
        self.number_of_points = 0
        for point in X:
            i, j = self.find_bin(point)
            self.counts[i][j] = self.counts[i][j] + 1
            self.number_of_points = self.number_of_points + 1
        return self

    def find_bin(self, point):
        i = int((point[0] - self.x_min) / self.bin_width_x)
        j = int((point[1] - self.y_min) / self.bin_width_y)
        # the largest point would land in a bin that does not exist
        if i == self.number_of_bins:
            i = self.number_of_bins - 1
        if j == self.number_of_bins:
            j = self.number_of_bins - 1
        return i, j

    def score_samples(self, X):
        log_densities = []
        for point in X:
            density = 0
            if point[0] >= self.x_min and point[0] <= self.x_max:
                if point[1] >= self.y_min and point[1] <= self.y_max:
                    i, j = self.find_bin(point)
                    probability = self.counts[i][j] / self.number_of_points
                    density = probability / (self.bin_width_x * self.bin_width_y)
            if density > 0:
                log_densities.append(math.log(density))
            else:
                log_densities.append(-math.inf)
        return log_densities

    def sample(self, number_of_samples):
        # put all the bins in one long list so that we can choose
        all_bins = []
        all_weights = []
        for i in range(self.number_of_bins):
            for j in range(self.number_of_bins):
                all_bins.append((i, j))
                all_weights.append(self.counts[i][j])
        samples = []
        for s in range(number_of_samples):
            i, j = random.choices(all_bins, weights=all_weights)[0]
            x = random.uniform(self.x_min + i * self.bin_width_x, self.x_min + (i + 1) * self.bin_width_x)
            y = random.uniform(self.y_min + j * self.bin_width_y, self.y_min + (j + 1) * self.bin_width_y)
            samples.append([x, y])
        return np.array(samples)

# %%
def normal_density(point, mean, cov):
    a = cov[0][0]
    b = cov[0][1]
    c = cov[1][0]
    d = cov[1][1]
    det = a * d - b * c
    dx = point[0] - mean[0]
    dy = point[1] - mean[1]
    exponent = (d * dx * dx - (b + c) * dx * dy + a * dy * dy) / det
    return math.exp(-0.5 * exponent) / (2 * math.pi * math.sqrt(det))


class MyGaussian:

    def fit(self, X):
        n = len(X)
        sum_x = 0
        sum_y = 0
        for point in X:
            sum_x = sum_x + point[0]
            sum_y = sum_y + point[1]
        self.mean = [sum_x / n, sum_y / n]
        cxx = 0
        cxy = 0
        cyy = 0
        for point in X:
            dx = point[0] - self.mean[0]
            dy = point[1] - self.mean[1]
            cxx = cxx + dx * dx
            cxy = cxy + dx * dy
            cyy = cyy + dy * dy
        self.cov = [[cxx / n, cxy / n], [cxy / n, cyy / n]]
        return self

    def score_samples(self, X):
        log_densities = []
        for point in X:
            density = normal_density(point, self.mean, self.cov)
            if density > 0:
                log_densities.append(math.log(density))
            else:
                log_densities.append(-math.inf)
        return log_densities

    def sample(self, number_of_samples):
        samples = []
        for s in range(number_of_samples):
            samples.append(np.random.multivariate_normal(self.mean, self.cov))
        return np.array(samples)

# %%
class MyGMM:

    def __init__(self, number_of_components):
        self.number_of_components = number_of_components
        self.number_of_iterations = 40

    def fit(self, X):
        X = np.array(X).tolist()   # lists are faster in loops
        n = len(X)
        K = self.number_of_components
        self.weights = []
        self.means = []
        self.covs = []
        start_points = random.sample(X, K)
        for k in range(K):
            self.weights.append(1 / K)
            self.means.append(start_points[k])
            self.covs.append([[0.2, 0.0], [0.0, 0.2]])
        for iteration in range(self.number_of_iterations):
            # E step
            responsibilities = []
            for point in X:
                row = []
                for k in range(K):
                    row.append(self.weights[k] * normal_density(point, self.means[k], self.covs[k]))
                total = sum(row)
                for k in range(K):
                    row[k] = row[k] / total
                responsibilities.append(row)
            # M step
            for k in range(K):
                N_k = 0
                mx = 0
                my = 0
                for i in range(n):
                    N_k = N_k + responsibilities[i][k]
                    mx = mx + responsibilities[i][k] * X[i][0]
                    my = my + responsibilities[i][k] * X[i][1]
                mx = mx / N_k
                my = my / N_k
                cxx = 0
                cxy = 0
                cyy = 0
                for i in range(n):
                    dx = X[i][0] - mx
                    dy = X[i][1] - my
                    cxx = cxx + responsibilities[i][k] * dx * dx
                    cxy = cxy + responsibilities[i][k] * dx * dy
                    cyy = cyy + responsibilities[i][k] * dy * dy
                self.weights[k] = N_k / n
                self.means[k] = [mx, my]
                # small number on the diagonal, otherwise we got a ZeroDivisionError once
                self.covs[k] = [[cxx / N_k + 1e-6, cxy / N_k], [cxy / N_k, cyy / N_k + 1e-6]]
        return self

    def score_samples(self, X):
        log_densities = []
        for point in X:
            density = 0
            for k in range(self.number_of_components):
                density = density + self.weights[k] * normal_density(point, self.means[k], self.covs[k])
            if density > 0:
                log_densities.append(math.log(density))
            else:
                log_densities.append(-math.inf)
        return log_densities

    def sample(self, number_of_samples):
        samples = []
        for s in range(number_of_samples):
            # choose a component with its weight
            r = random.random()
            k = 0
            cumulative = self.weights[0]
            while r > cumulative and k < self.number_of_components - 1:
                k = k + 1
                cumulative = cumulative + self.weights[k]
            samples.append(np.random.multivariate_normal(self.means[k], self.covs[k]))
        return np.array(samples)

# %%
class MyKDE:

    def __init__(self, h):
        self.h = h

    def fit(self, X):
        self.points = []
        for point in X:
            self.points.append([float(point[0]), float(point[1])])
        return self

    def score_samples(self, X):
        log_densities = []
        for point in X:
            px = float(point[0])
            py = float(point[1])
            kernel_sum = 0
            for train_point in self.points:
                distance_squared = (px - train_point[0]) ** 2 + (py - train_point[1]) ** 2
                kernel_sum = kernel_sum + math.exp(-distance_squared / (2 * self.h ** 2))
            density = kernel_sum / (len(self.points) * 2 * math.pi * self.h)
            if density > 0:
                log_densities.append(math.log(density))
            else:
                log_densities.append(-math.inf)
        return log_densities

    def sample(self, number_of_samples):
        samples = []
        for s in range(number_of_samples):
            center = random.choice(self.points)
            x = random.gauss(center[0], self.h)
            y = random.gauss(center[1], self.h)
            samples.append([x, y])
        return np.array(samples)

# %%
# the test from the sheet: one component
gaussian = MyGaussian().fit(X_train)
gmm1 = MyGMM(1).fit(X_train)
print(gaussian.mean, gmm1.means)
print(gaussian.cov, gmm1.covs)
print(gaussian.score_samples(X_test[:3]), gmm1.score_samples(X_test[:3]))

# %%
def se(a, b, h):
    distance_squared = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
    return math.exp(-distance_squared / h ** 2)

def imq(a, b, h):
    distance_squared = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
    return 1 / math.sqrt(1 + distance_squared / h ** 2)

def average_kernel(A, B, kernel, h):
    total = 0
    for a in A:
        for b in B:
            total = total + kernel(a, b, h)
    return total / (len(A) * len(B))

def MMD(A, B, kernel, h):
    A = np.array(A).tolist()
    B = np.array(B).tolist()
    return average_kernel(A, A, kernel, h) + average_kernel(B, B, kernel, h) - 2 * average_kernel(A, B, kernel, h)

X_other, _ = make_moons(n_samples=200, noise=0.1)

# %%
def evaluate(list_of_models, values, title):
    se_values = []
    imq_values = []
    for model in list_of_models:
        samples = model.sample(200)
        se_values.append(MMD(X_test, samples, se, 0.5))
        imq_values.append(MMD(X_test, samples, imq, 0.5))
    plt.figure()
    plt.plot(values, se_values, "o-", label="se")
    plt.plot(values, imq_values, "o-", label="imq")
    plt.xlabel(title)
    plt.ylabel("MMD")
    plt.legend()
    plt.show()
    print(title, values, se_values, imq_values)

sizes = [20, 100, 400]

hists = []

kdes = []

# %%
def make_plots(model, title):
    grid_x = np.linspace(-1.5, 2.5, 50)
    grid_y = np.linspace(-1, 1.5, 40)
    values = []
    for y in grid_y:
        row_points = []
        for x in grid_x:
            row_points.append([x, y])
        row = model.score_samples(row_points)
        values.append([math.exp(v) for v in row])
    plt.figure()
    plt.pcolormesh(grid_x, grid_y, values)
    plt.colorbar()
    plt.axis('equal')
    plt.title("density " + title)
    plt.show()
    samples = model.sample(300)
    plt.figure()
    plt.scatter(samples[:, 0], samples[:, 1], s=5)
    plt.axis('equal')
    plt.title("samples " + title)
    plt.show()

make_plots(MyHistogram(3).fit(X_train), "histogram 3")
make_plots(MyHistogram(12).fit(X_train), "histogram 12")
make_plots(gaussian, "gaussian")
make_plots(MyGMM(6).fit(X_train), "gmm 6")
make_plots(MyKDE(0.1).fit(X_train), "kde 0.1")
make_plots(MyKDE(0.7).fit(X_train), "kde 0.7")

