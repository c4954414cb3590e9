"""
base: solution
habit: split by a permutation, weights and bias by themselves, four figures, no function at all
only: [softmax.split, softmax.curves, softmax.accuracy, softmax.derivation]
drop: [knn_data, knn_plot, knn_kneighbours, knn_sklearn, knn_sweep, knn_boundary, knn_all_points, knn_findings, knn_class_probabilities, knn_density, knn_class_density, knn_class_density_readings, lls_data, lls_plot, lls_accuracy, lls_boundary, lls_repeated, lls_findings, lls_singular, softmax_stable, softmax_gradient, softmax_scaling, softmax_repeated, softmax_findings]
"""

# %% tag: softmax_split
images, digits = task3.make_data()
order = np.random.default_rng(1).permutation(len(images))
cut = int(0.75 * len(images))
Xtr, ytr = images[order[:cut]] / 16, digits[order[:cut]]
Xte, yte = images[order[cut:]] / 16, digits[order[cut:]]

# %% tag: softmax_training
W, b = np.zeros((64, 10)), np.zeros(10)
Y, Yte = np.eye(10)[ytr], np.eye(10)[yte]
tr_loss, te_loss, tr_acc, te_acc = [], [], [], []
for t in range(1000):
    P = np.exp(Xtr @ W + b)
    P /= P.sum(1, keepdims=True)
    W -= 0.001 * Xtr.T @ (P - Y)
    b -= 0.001 * (P - Y).sum(0)
    if t % 10 == 0:
        Q = np.exp(Xte @ W + b)
        Q /= Q.sum(1, keepdims=True)
        tr_loss.append(-np.sum(Y * np.log(P)))
        te_loss.append(-np.sum(Yte * np.log(Q)))
        tr_acc.append(np.mean(P.argmax(1) == ytr))
        te_acc.append(np.mean(Q.argmax(1) == yte))

# %% tag: softmax_curves
for values, name in ((tr_loss, "loss, train"), (te_loss, "loss, test"), (tr_acc, "accuracy, train"), (te_acc, "accuracy, test")):
    plt.plot(10 * np.arange(100), values)
    plt.title(name), plt.xlabel("step"), plt.ylabel(name)
    plt.show()

# %% [markdown] tag: softmax_curves

# %% tag: softmax_accuracy
Q = Xte @ W + b
print("final accuracy:", np.mean(Q.argmax(1) == yte))

# %% [markdown] tag: softmax_accuracy
