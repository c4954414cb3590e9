"""The classifiers at work: on overlapping classes in the plane, and on digits."""

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits, make_blobs
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

points, labels = make_blobs(800, centers=[[0, 0], [3, 1], [1, 3.5]], random_state=0)
X_train, X_test, y_train, y_test = train_test_split(points, labels, test_size=200, random_state=0)

# %%
knn = KNearestNeighbours(k=5).fit(X_train, y_train)  # noqa: F821
library = KNeighborsClassifier(5).fit(X_train, y_train)
print("equal to scikit-learn:", np.array_equal(knn.predict(X_test), library.predict(X_test)))
print("class probabilities:", knn.class_probabilities())

# %%
signs = np.where(y_train == 0, -1, 1)
lls = LinearLeastSquares().fit(X_train, signs)  # noqa: F821
print("least squares, accuracy on the test points:", lls.accuracy(X_test, np.where(y_test == 0, -1, 1)))

# %%
pixels, digit = load_digits(return_X_y=True)
D_train, D_test, d_train, d_test = train_test_split(pixels / 16, digit, test_size=0.25, random_state=0)
softmax_model = SoftmaxRegression(learning_rate=0.001, steps=1000)  # noqa: F821
softmax_model.fit(D_train, d_train, D_test, d_test)
print("softmax regression, accuracy on the test digits:", softmax_model.accuracy(D_test, d_test))

# %%
figure, panels = plt.subplots(1, 3, figsize=(13, 3.6))
axis_x, axis_y = np.meshgrid(np.linspace(-3, 6, 100), np.linspace(-3, 7, 100))
grid = np.column_stack([axis_x.ravel(), axis_y.ravel()])
panels[0].contourf(axis_x, axis_y, knn.predict(grid).reshape(axis_x.shape), alpha=0.3)
panels[0].scatter(*X_train.T, c=y_train, s=5)
panels[0].set(title="5 nearest neighbours", xlabel="x", ylabel="y")
panels[1].contourf(axis_x, axis_y, lls.predict(grid).reshape(axis_x.shape), alpha=0.3)
panels[1].scatter(*X_train.T, c=signs, s=5)
panels[1].set(title="linear least squares", xlabel="x", ylabel="y")
panels[2].plot(softmax_model.history_["loss"], label="training")
panels[2].plot(softmax_model.history_["test_loss"], label="test")
panels[2].set(title="softmax regression on digits", xlabel="step", ylabel="mean cross entropy")
panels[2].legend()
plt.show()
