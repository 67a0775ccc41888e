import numpy as np


class LogisticRegression:
    def __init__(self, lr=0.1, steps=2000, penalty=0.0):
        self.lr, self.steps, self.penalty = lr, steps, penalty

    @staticmethod
    def sigmoid(z):
        out = np.empty_like(z)
        pos = z >= 0
        out[pos] = 1 / (1 + np.exp(-z[pos]))
        e = np.exp(z[~pos])
        out[~pos] = e / (1 + e)
        return out

    def fit(self, X, y):
        n, d = X.shape
        self.w, self.b = np.zeros(d), 0.0
        for _ in range(self.steps):
            residual = self.predict_proba(X) - y
            self.w -= self.lr * (X.T @ residual / n + self.penalty * self.w)
            self.b -= self.lr * residual.mean()
        return self

    def predict_proba(self, X):
        return self.sigmoid(X @ self.w + self.b)

    def predict(self, X):
        return (self.predict_proba(X) > 0.5).astype(int)
