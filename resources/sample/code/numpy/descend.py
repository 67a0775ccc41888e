import numpy as np


def descend(f_grad, x0, rate=0.05, beta=0.9, tol=1e-6, max_steps=10_000):
    """Gradient descent with momentum. Returns the whole path for plotting."""
    x = np.asarray(x0, dtype=float)
    speed = np.zeros_like(x)
    path = [x.copy()]
    for _ in range(max_steps):
        g = f_grad(x)
        speed = beta * speed - rate * g
        x = x + speed
        path.append(x.copy())
        if np.linalg.norm(g) < tol:
            break
    return np.stack(path)


A = np.diag([1.0, 30.0])
trace = descend(lambda x: A @ x, [3.0, 1.0], rate=0.02)
print(len(trace), trace[-1])
