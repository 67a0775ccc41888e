import numpy as np


def seed_plus_plus(X, k, rng):
    """Spread the first centres: far points are more likely to be drawn."""
    C = [X[rng.integers(len(X))]]
    while len(C) < k:
        d2 = np.min([((X - c) ** 2).sum(1) for c in C], axis=0)
        C.append(X[rng.choice(len(X), p=d2 / d2.sum())])
    return np.array(C)


class KMeans:
    def __init__(self, k, max_iter=100, seed=None):
        self.k, self.max_iter = k, max_iter
        self.rng = np.random.default_rng(seed)

    def fit(self, X):
        self.centres = seed_plus_plus(X, self.k, self.rng)
        labels = None
        for _ in range(self.max_iter):
            new = self.predict(X)
            if labels is not None and (new == labels).all():
                break
            labels = new
            for j in range(self.k):
                if (labels == j).any():
                    self.centres[j] = X[labels == j].mean(0)
        return self

    def predict(self, X):
        return ((X[:, None] - self.centres) ** 2).sum(-1).argmin(1)
