"""
base: none
only: [softmax.gradient, softmax.training, softmax.stable]
habit: one class, small random parameters, mean loss, bias first, rate and epochs given to fit, curves kept in lists
"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


# %% next
class LogisticRegressionMulticlass:
    """multinomial logistic regression"""

    def __init__(self, num_classes=10):
        self.num_classes = num_classes
        self.W = None

    def _add_bias(self, X):
        return np.concatenate([np.ones((len(X), 1)), X], axis=1)

    def _probs(self, X):
        scores = self._add_bias(X) @ self.W
        scores -= scores.max(axis=1, keepdims=True)  # stabilization trick
        e = np.exp(scores)
        return e / e.sum(axis=1, keepdims=True)

    def fit(self, X, y, X_val=None, y_val=None, epochs=1000, eta=0.001, verbose=False):
        n = len(X)
        self.W = 0.01 * np.random.randn(X.shape[1] + 1, self.num_classes)
        self.train_loss, self.val_acc = [], []
        for epoch in range(epochs):
            P = self._probs(X)
            self.train_loss.append(-np.mean(np.log(P[np.arange(n), y] + 1e-12)))
            P[np.arange(n), y] -= 1
            self.W -= eta * self._add_bias(X).T @ P / n
            if X_val is not None:
                self.val_acc.append(np.mean(self.predict(X_val) == y_val))
            if verbose and epoch % 100 == 0:
                print(epoch, self.train_loss[-1])

    def predict(self, X):
        return self._probs(X).argmax(axis=1)


# %% next
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=1)
clf = LogisticRegressionMulticlass()
clf.fit(X_train, y_train, X_test, y_test, verbose=True)
print("test accuracy", clf.val_acc[-1])
