import numpy as np


class BatchNormLayer:
    """For dense activations of shape (N, D)."""

    def __init__(self, D, momentum=0.9):
        self.params = {'gamma': np.ones(D), 'beta': np.zeros(D)}
        self.mu_avg, self.var_avg = np.zeros(D), np.ones(D)
        self.momentum = momentum

    def __call__(self, x, train):
        if not train:
            z = (x - self.mu_avg) / np.sqrt(self.var_avg + 1e-5)
            return z * self.params['gamma'] + self.params['beta']
        mu, var = x.mean(0), x.var(0)
        self.mu_avg = self.momentum * self.mu_avg + (1 - self.momentum) * mu
        self.var_avg = self.momentum * self.var_avg + (1 - self.momentum) * var
        self.istd = 1 / np.sqrt(var + 1e-5)
        self.z = (x - mu) * self.istd
        return self.z * self.params['gamma'] + self.params['beta']

    def backward(self, dout):
        N = len(dout)
        self.grads = {'gamma': (dout * self.z).sum(0), 'beta': dout.sum(0)}
        dz = dout * self.params['gamma']
        return self.istd / N * (N * dz - dz.sum(0) - self.z * (dz * self.z).sum(0))
