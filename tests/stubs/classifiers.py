"""Classifiers as students write them: the text of small hand-ins, by habit."""

USUAL = """
import numpy as np
class KNN:
    def __init__(self, k=5):
        self.k = k
    def fit(self, X, y):
        self.X, self.y = X, y
        return self
    def kneighbours(self, X):
        d = np.sqrt(((X[:, None] - self.X[None]) ** 2).sum(-1))
        i = np.argsort(d, axis=1)[:, :self.k]
        return np.take_along_axis(d, i, 1), i
    def predict(self, X):
        _, i = self.kneighbours(X)
        return np.array([np.bincount(r).argmax() for r in self.y[i]])
"""
NEIGHBOURS = {
    "usual": USUAL,
    "indices first, k in each method": """
import numpy as np
class KNearestNeighbor:
    def fit(self, X_train, y_train):
        self.X_train, self.y_train = X_train, y_train
    def get_neighbors(self, X_test, k):
        d = np.linalg.norm(X_test[:, None] - self.X_train, axis=2)
        i = np.argsort(d, axis=1)[:, :k]
        return i, np.sort(d, axis=1)[:, :k]
    def predict(self, X_test, k=3):
        i, _ = self.get_neighbors(X_test, k)
        return np.array([np.bincount(r).argmax() for r in self.y_train[i]])
""",
    "one query at a time": """
import numpy as np
from collections import Counter
class KNNClassifier:
    def __init__(self, n_neighbors=5):
        self.n_neighbors = n_neighbors
    def fit(self, X, y):
        self.X = X; self.y = y
    def kneighbors(self, x):
        d = np.sqrt(np.sum((self.X - x) ** 2, axis=1))
        idx = np.argsort(d)[:self.n_neighbors]
        return idx, d[idx]
    def predict(self, X):
        return np.array([Counter(self.y[self.kneighbors(x)[0]]).most_common(1)[0][0] for x in X])
""",
    "one query for everything": """
import numpy as np
from collections import Counter
class KNNClassifier:
    def __init__(self, n_neighbors=5):
        self.n_neighbors = n_neighbors
    def fit(self, X, y):
        self.X = X; self.y = y
    def kneighbors(self, x):
        d = np.sqrt(np.sum((self.X - x) ** 2, axis=1))
        idx = np.argsort(d)[:self.n_neighbors]
        return idx, d[idx]
    def predict(self, x):
        return Counter(self.y[self.kneighbors(x)[0]]).most_common(1)[0][0]
""",
    "data in the constructor, a dict": """
import numpy as np
class KNN:
    def __init__(self, X, y, k):
        self.X, self.y, self.k = X, y, k
    def nearest(self, x):
        return np.argsort(np.linalg.norm(self.X - x, axis=1))[:self.k]
    def kneighbours(self, Q):
        i = np.array([self.nearest(q) for q in Q])
        return {"indices": i, "distances": np.linalg.norm(self.X[i] - Q[:, None], axis=-1)}
    def predict(self, Q):
        return [int(np.bincount(self.y[self.nearest(q)]).argmax()) for q in Q]
""",
    "k in fit, distances on demand": """
import numpy as np
class MyKNN:
    def fit(self, X, y, k=5):
        self.X, self.y, self.k = X, y, k
        return self
    def kneighbours(self, q, return_distance=False):
        d = np.sqrt(((q[:, None] - self.X[None]) ** 2).sum(-1))
        i = np.argsort(d, axis=1)[:, :self.k]
        return (np.take_along_axis(d, i, 1), i) if return_distance else i
    def predict(self, q):
        return np.array([np.bincount(r).argmax() for r in self.y[self.kneighbours(q)]])
""",
    "functions": """
import numpy as np
def euclidean(a, b):
    return np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1))
def kneighbours(X_train, X_test, k):
    d = euclidean(X_test, X_train)
    i = np.argsort(d, axis=1)[:, :k]
    return i, np.take_along_axis(d, i, 1)
def knn_predict(X_train, y_train, X_test, k):
    i, _ = kneighbours(X_train, X_test, k)
    return np.array([np.bincount(r).argmax() for r in y_train[i]])
""",
    "functions that take the query first": """
import numpy as np
def k_nearest_neighbors(query, X, k=5):
    d = np.sqrt(((query[:, None] - X[None]) ** 2).sum(-1))
    i = np.argsort(d, axis=1)[:, :k]
    return np.take_along_axis(d, i, 1), i
def knn_classify(query, X, y, k=5):
    _, i = k_nearest_neighbors(query, X, k)
    return np.array([np.bincount(r).argmax() for r in y[i]])
""",
    "German names": """
import numpy as np
class NaechsteNachbarn:
    def __init__(self, anzahl_nachbarn):
        self.n = anzahl_nachbarn
    def anpassen(self, punkte, klassen):
        self.punkte, self.klassen = punkte, klassen
    def nachbarn(self, anfragen):
        abstand = np.sqrt(((anfragen[:, None] - self.punkte[None]) ** 2).sum(-1))
        i = np.argsort(abstand, axis=1)[:, :self.n]
        return np.take_along_axis(abstand, i, 1), i
    def vorhersagen(self, anfragen):
        return np.array([np.bincount(r).argmax() for r in self.klassen[self.nachbarn(anfragen)[1]]])
""",
    "a list of pairs for each query": """
import numpy as np
class KNN:
    def __init__(self, k): self.k = k
    def fit(self, X, y): self.X, self.y = X, y
    def kneighbours(self, Q):
        out = []
        for q in Q:
            d = np.linalg.norm(self.X - q, axis=1)
            i = np.argsort(d)[:self.k]
            out.append([(d[j], j) for j in i])
        return out
    def predict(self, Q):
        return np.array([np.bincount([self.y[j] for _, j in row]).argmax() for row in self.kneighbours(Q)])
""",
    "densities as methods": USUAL
    + """
    def density(self, X):
        d, _ = self.kneighbours(X)
        return self.k / (len(self.X) * np.pi * d[:, -1] ** 2)
    def class_density(self, X, c):
        sub = KNN(self.k).fit(self.X[self.y == c], self.y[self.y == c])
        return sub.density(X)
    def class_probabilities(self):
        return {int(c): float(np.mean(self.y == c)) for c in np.unique(self.y)}
""",
    "densities as functions": USUAL
    + """
def estimate_density(model, X, k):
    d, _ = model.kneighbours(X)
    return k / (len(model.X) * np.pi * d[:, -1] ** 2)
def p_x_given_c(X_train, y_train, X, k, c):
    m = KNN(k).fit(X_train[y_train == c], y_train[y_train == c])
    d, _ = m.kneighbours(X)
    return k / (len(m.X) * np.pi * d[:, -1] ** 2)
def class_probabilities(y):
    return np.bincount(y) / len(y)
""",
    "density with k of its own": """
import numpy as np
class KNearestNeighbor:
    def fit(self, X_train, y_train):
        self.X_train, self.y_train = X_train, y_train
    def get_neighbors(self, X_test, k):
        d = np.linalg.norm(X_test[:, None] - self.X_train, axis=2)
        i = np.argsort(d, axis=1)[:, :k]
        return i, np.sort(d, axis=1)[:, :k]
    def predict(self, X_test, k=3):
        i, _ = self.get_neighbors(X_test, k)
        return np.array([np.bincount(r).argmax() for r in self.y_train[i]])

    def density(self, X_test, k):
        _, d = self.get_neighbors(X_test, k)
        return k / (len(self.X_train) * np.pi * d[:, -1] ** 2)
""",
    "functions for one point with densities": """
import numpy as np
def kneighbours(x, X_train, k):
    d = np.sqrt(((X_train - x) ** 2).sum(-1))
    i = np.argsort(d)[:k]
    return i, d[i]
def predict(x, X_train, y_train, k):
    i, _ = kneighbours(x, X_train, k)
    return np.bincount(y_train[i]).argmax()
def density(x, X_train, k):
    _, d = kneighbours(x, X_train, k)
    return k / (len(X_train) * np.pi * d[-1] ** 2)
""",
    "static methods that take the data": """
import numpy as np
class KNN:
    @staticmethod
    def kneighbours(X_train, query, k):
        d = np.linalg.norm(X_train - query, axis=1)
        i = np.argsort(d)[:k]
        return i, d[i]
    @staticmethod
    def predict(X_train, y_train, queries, k):
        return np.array([np.bincount(y_train[KNN.kneighbours(X_train, q, k)[0]]).argmax() for q in queries])
""",
    "k before the query, densities": """
import numpy as np
class KNN:
    def __init__(self, X_train, y_train):
        self.X_train = X_train
        self.y_train = y_train
    def kneighbours(self, k, x):
        d = np.linalg.norm(self.X_train[None] - x[:, None], axis=-1)
        idx = np.argsort(d, axis=-1)[..., :k]
        return idx, np.sort(d, axis=-1)[..., :k]
    def predict(self, k, x):
        idx, _ = self.kneighbours(k, x)
        return np.array([np.argmax(np.bincount(self.y_train[i])) for i in idx])
    def density(self, k, x):
        _, d = self.kneighbours(k, x)
        return k / (len(self.X_train) * np.pi * d[:, -1]**2)
""",
    "one query or many, a data class with densities": """
import numpy as np
from dataclasses import dataclass, field
@dataclass
class KNN:
    k: int = 5
    def fit(self, X, y):
        self.X, self.y = X, y.astype(int)
        return self
    def kneighbours(self, x):
        x = np.asarray(x)
        single = x.ndim == 1
        x = x[None] if single else x
        d = np.linalg.norm(x[:, None] - self.X[None], axis=2)
        i = np.argsort(d, axis=1)[:, : self.k]
        d = np.take_along_axis(d, i, axis=1)
        return (i[0], d[0]) if single else (i, d)
    def predict(self, x):
        i, _ = self.kneighbours(x)
        votes = self.y[i]
        return np.array([np.bincount(v, minlength=3).argmax() for v in votes])
    def p_c(self):
        return np.bincount(self.y) / self.y.size
    def p_x(self, x):
        i, d = self.kneighbours(x)
        V = np.pi * d[:, -1]**2
        return self.k / (self.X.shape[0]*V)
""",
    "a table of points": """
import numpy as np, pandas as pd
class KNN:
    def __init__(self, k=5):
        self.k = k
    def fit(self, X, y):
        self.data = pd.DataFrame(X, columns=["x", "y"]); self.data["label"] = y
    def kneighbours(self, q):
        d = np.sqrt((self.data.x - q[0])**2 + (self.data.y - q[1])**2)
        nearest = d.nsmallest(self.k)
        return nearest.index.values, nearest.values
    def predict(self, q):
        idx, _ = self.kneighbours(q)
        return self.data.label.iloc[idx].mode()[0]
""",
    "lists, one query after the other": """
import numpy as np
class KNN:
    def __init__(self, k=3):
        self.k=k
    def fit(self,X,y):
        self.X_train=X
        self.y_train=y
    def kneighbours(self, X_test):
        indices=[]
        distances=[]
        for x in X_test:
            dist=np.sqrt(np.sum((self.X_train-x)**2,axis=1))
            ind=np.argsort(dist)[:self.k]
            indices.append(ind)
            distances.append(dist[ind])
        return indices, distances
    def predict(self,X_test):
        indices,_=self.kneighbours(X_test)
        predictions=[]
        for ind in indices:
            predictions.append(np.argmax(np.bincount(self.y_train[ind])))
        return predictions
""",
    "labels and features": """
import numpy as np
class KNearestNeighbors:
    def fit(self, features, labels, k):
        self.X = features; self.Y = labels; self.k = k
    def kneighbours(self, query_point):
        distances = np.sqrt(np.sum((self.X - query_point)**2, axis=1))
        sorted_indices = np.argsort(distances)
        return sorted_indices[:self.k], distances[sorted_indices[:self.k]]
    def predict(self, query_point):
        indices, distances = self.kneighbours(query_point)
        labels = self.Y[indices]
        values, counts = np.unique(labels, return_counts=True)
        return values[np.argmax(counts)]
""",
}
"""Nearest neighbours."""

LEAST_SQUARES = {
    "usual": """
import numpy as np
class LLS:
    def fit(self, X, y):
        Xb = np.hstack([X, np.ones((len(X), 1))])
        self.theta = np.linalg.inv(Xb.T @ Xb) @ Xb.T @ y
    def predict(self, X):
        return np.sign(np.hstack([X, np.ones((len(X), 1))]) @ self.theta)
""",
    "fit returns theta": """
import numpy as np
class LinearRegression:
    def fit(self, X, y):
        Xb = np.c_[np.ones(len(X)), X]
        return np.linalg.solve(Xb.T @ Xb, Xb.T @ y)
    def predict(self, X, theta):
        return np.where(np.c_[np.ones(len(X)), X] @ theta > 0, 1, -1)
""",
    "functions": """
import numpy as np
def lls_fit(X, y):
    Xb = np.c_[X, np.ones(len(X))]
    return np.linalg.pinv(Xb) @ y
def lls_predict(X, theta):
    return np.sign(np.c_[X, np.ones(len(X))] @ theta)
""",
    "theta first": """
import numpy as np
def lls_fit(X_train, y_train):
    Xb = np.c_[X_train, np.ones(len(X_train))]
    return np.linalg.inv(Xb.T @ Xb) @ Xb.T @ y_train
def lls_predict(theta, X_test):
    return np.sign(np.c_[X_test, np.ones(len(X_test))] @ theta)
""",
    "weights and bias apart": """
import numpy as np
class LeastSquaresClassifier:
    def __init__(self):
        self.w, self.b = None, None
    def fit(self, X, y):
        A = np.column_stack((X, np.ones(X.shape[0])))
        t = np.linalg.lstsq(A, y, rcond=None)[0]
        self.w, self.b = t[:-1], t[-1]
        return self
    def decision_function(self, X):
        return X @ self.w + self.b
    def predict(self, X):
        return np.where(self.decision_function(X) >= 0, 1, -1)
""",
    "scores in place of labels": """
import numpy as np
class LLS:
    def fit(self, X, y):
        Xb = np.hstack([X, np.ones((len(X), 1))])
        self.theta = np.linalg.inv(Xb.T @ Xb) @ Xb.T @ y
    def predict(self, X):
        return (np.hstack([X, np.ones((len(X), 1))]) @ self.theta)
""",
    "data in the constructor": """
import numpy as np
class LinearClassifier:
    def __init__(self, X, y):
        self.X, self.y = X, y
    def fit(self):
        A = np.column_stack((self.X, np.ones(len(self.X))))
        self.theta = np.linalg.inv(A.T @ A) @ A.T @ self.y
    def predict(self, X):
        return np.sign(np.column_stack((X, np.ones(len(X)))) @ self.theta)
""",
    "a function for everything": """
import numpy as np
def lls(X_train, y_train, X_test):
    Xb = np.c_[X_train, np.ones(len(X_train))]
    theta = np.linalg.pinv(Xb) @ y_train
    return np.sign(np.c_[X_test, np.ones(len(X_test))] @ theta)
""",
    "one point at a time": """
import numpy as np
class LLS:
    def fit(self, X, y):
        Xb = np.insert(X, 2, 1, axis=1)
        self.theta = np.linalg.inv(Xb.T @ Xb) @ Xb.T @ y
    def predict(self, x):
        return 1 if np.dot(self.theta, np.append(x, 1)) > 0 else -1
""",
    "parameters as a column": """
import numpy as np
class LLS:
    def __init__(self):
        self.theta = None
    def fit(self, X, y):
        N = X.shape[0]
        X_bar = np.concatenate([X, np.ones((N,1))], axis=1)
        y = y.reshape(-1,1)
        self.theta = np.linalg.inv(X_bar.T.dot(X_bar)).dot(X_bar.T).dot(y)
        return self.theta
    def predict(self, X):
        X_bar = np.concatenate([X, np.ones((X.shape[0],1))], axis=1)
        y_pred = X_bar.dot(self.theta)
        return np.where(y_pred >= 0, 1, -1)
""",
}
"""Linear least squares with the labels -1 and 1."""
