import numpy as np


class RMSProp(object):
    """Divide each gradient by the root of its recent average magnitude (Hinton, lecture 6e)."""

    def __init__(self, lr=0.01, beta=0.9, eps=1e-6):
        self.lr = lr
        self.beta = beta
        self.eps = eps
        self.v = None

    def update(self, weights, grads):
        if self.v is None:
            self.v = {name: np.zeros_like(w) for name, w in weights.items()}
        for name in weights:
            g = grads[name]
            self.v[name] = self.beta * self.v[name] + (1 - self.beta) * g * g
            weights[name] -= self.lr * g / (np.sqrt(self.v[name]) + self.eps)


opt = RMSProp(lr=0.02)
weights = {"theta": np.array([1.5, -2.0])}
for _ in range(500):
    opt.update(weights, {"theta": 2 * weights["theta"]})
assert np.abs(weights["theta"]).max() < 0.05
