import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def loss_and_grad(W, X, y, reg):
    n = len(X)
    p = softmax(X @ W)
    loss = -np.log(p[np.arange(n), y] + 1e-12).mean() + reg * (W ** 2).sum()
    p[np.arange(n), y] -= 1
    return loss, X.T @ p / n + 2 * reg * W


def fit(X, y, n_classes, lr=0.5, reg=1e-4, steps=500, batch=64, seed=0):
    rng = np.random.default_rng(seed)
    X = np.hstack([X, np.ones((len(X), 1))])  # bias trick
    W = 0.001 * rng.standard_normal((X.shape[1], n_classes))
    for _ in range(steps):
        pick = rng.integers(len(X), size=batch)
        _, g = loss_and_grad(W, X[pick], y[pick], reg)
        W -= lr * g
    return W
