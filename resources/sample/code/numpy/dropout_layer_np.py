import numpy as np


class Dropout:
    """Layer with explicit forward and backward passes."""

    def __init__(self, drop_prob, seed=None):
        self.q = 1.0 - drop_prob
        self.rng = np.random.RandomState(seed)
        self.mask = None

    def forward(self, x, is_train=True):
        if is_train:
            self.mask = self.rng.binomial(1, self.q, size=x.shape) / self.q
            return x * self.mask
        self.mask = None
        return x

    def backward(self, dout):
        return dout if self.mask is None else dout * self.mask


layer = Dropout(0.25, seed=0)
y = layer.forward(np.ones((200, 200)))
assert abs(y.mean() - 1) < 0.02
assert np.array_equal(layer.backward(np.ones_like(y)), layer.mask)
