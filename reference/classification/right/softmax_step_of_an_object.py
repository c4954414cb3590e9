"""
base: none
only: [softmax.gradient, softmax.training, softmax.stable]
habit: an object that makes one step and answers logarithms of probabilities, the loop at the top
"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


# %% next
class SoftmaxClassifier:
    def __init__(self, eingaenge, klassen, seed=1):
        zufall = np.random.default_rng(seed)
        self.matrix = 0.01 * zufall.normal(size=(klassen, eingaenge))
        self.versatz = np.zeros(klassen)

    def log_probabilities(self, pixels):
        z = pixels @ self.matrix.T + self.versatz
        z = z - z.max(axis=1)[:, None]
        return z - np.log(np.exp(z).sum(axis=1))[:, None]

    def step(self, pixels, digits, rate):
        error = np.exp(self.log_probabilities(pixels))
        error[np.arange(len(digits)), digits] -= 1
        self.matrix -= rate * error.T @ pixels / len(pixels)
        self.versatz -= rate * error.mean(axis=0)


# %% next
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=4)
classifier = SoftmaxClassifier(64, 10)
for turn in range(1000):
    classifier.step(X_train, y_train, 0.001)
print("test accuracy", np.mean(classifier.log_probabilities(X_test).argmax(axis=1) == y_test))
