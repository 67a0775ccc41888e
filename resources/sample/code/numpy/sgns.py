import numpy as np


class SGNS:
    """Skip-gram with negative sampling; gradients by hand, one pair at a time."""

    def __init__(self, freq, dim=50, negatives=5, lr=0.025, seed=1):
        self.rng = np.random.default_rng(seed)
        n = len(freq)
        self.U = (self.rng.random((n, dim)) - 0.5) / dim
        self.V = np.zeros((n, dim))
        p = np.asarray(freq, float) ** 0.75
        self.cdf = np.cumsum(p / p.sum())
        self.negatives, self.lr = negatives, lr

    def train_pair(self, word, context):
        noise = np.searchsorted(self.cdf, self.rng.random(self.negatives))
        noise = np.minimum(noise[noise != context], len(self.cdf) - 1)
        rows = np.concatenate(([context], noise))
        y = np.zeros(len(rows))
        y[0] = 1
        s = 1 / (1 + np.exp(-self.V[rows] @ self.U[word]))
        g = (s - y)[:, None]
        du = (g * self.V[rows]).sum(0)
        np.subtract.at(self.V, rows, self.lr * g * self.U[word])
        self.U[word] -= self.lr * du
        return -np.log(s[0] + 1e-10) - np.log(1 - s[1:] + 1e-10).sum()

    def similar(self, word, top=5):
        unit = self.U / np.linalg.norm(self.U, axis=1, keepdims=True)
        return np.argsort(-unit @ unit[word])[1:top + 1]
