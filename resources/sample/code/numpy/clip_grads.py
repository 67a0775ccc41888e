import numpy as np


def clip_grads(grads, threshold):
    """grads: dict of arrays. A scaled copy is returned, the originals stay."""
    norm = np.sqrt(sum(np.sum(np.square(g)) for g in grads.values()))
    if norm <= threshold:
        return grads, norm
    ratio = threshold / norm
    return {k: ratio * g for k, g in grads.items()}, norm


def clip_elementwise(grads, bound):
    return {k: np.clip(g, -bound, bound) for k, g in grads.items()}


g, n = clip_grads({"W": np.array([[3.0, 0.0]]), "b": np.array([4.0])}, 1.0)
assert n == 5.0 and np.allclose(g["b"], 0.8)
