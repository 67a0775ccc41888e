"""Adam (Kingma & Ba, 2015), algorithm 1, on a flat parameter vector."""
import numpy as np


def adam(grad_fn, theta, alpha=0.001, beta1=0.9, beta2=0.999, eps=1e-8, n_iter=1000):
    m = np.zeros_like(theta)
    v = np.zeros_like(theta)
    for t in range(1, n_iter + 1):
        g = grad_fn(theta)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g ** 2
        # folding both corrections into the step size saves two temporaries
        alpha_t = alpha * np.sqrt(1 - beta2 ** t) / (1 - beta1 ** t)
        theta = theta - alpha_t * m / (np.sqrt(v) + eps)
    return theta


def rosenbrock_grad(p):
    x, y = p
    return np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])


if __name__ == "__main__":
    print(adam(rosenbrock_grad, np.array([-1.0, 1.0]), alpha=0.02, n_iter=5000))
