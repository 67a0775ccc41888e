import numpy as np


def sigmoid(a):
    return 0.5 * (1 + np.tanh(0.5 * a))


class GRU:
    def __init__(self, input_size, state_size, seed=0):
        rng = np.random.default_rng(seed)
        bound = state_size ** -0.5
        shape = (input_size + state_size, state_size)
        self.W_update = rng.uniform(-bound, bound, shape)
        self.W_reset = rng.uniform(-bound, bound, shape)
        self.W_new = rng.uniform(-bound, bound, shape)

    def step(self, x, s):
        xs = np.concatenate((x, s), axis=1)
        u = sigmoid(xs @ self.W_update)
        r = sigmoid(xs @ self.W_reset)
        n = np.tanh(np.concatenate((x, r * s), axis=1) @ self.W_new)
        return (1 - u) * n + u * s

    def run(self, sequence, s=None):
        s = np.zeros((sequence.shape[0], self.W_new.shape[1])) if s is None else s
        for t in range(sequence.shape[1]):
            s = self.step(sequence[:, t], s)
        return s
