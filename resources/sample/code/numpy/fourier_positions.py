import numpy as np


def fourier_positions(T, D, max_wavelength=10000.0):
    k = np.arange((D + 1) // 2)
    omega = max_wavelength ** (-2.0 * k / D)
    theta = np.outer(np.arange(T), omega)
    # sin and cos next to each other: (T, D/2, 2) -> (T, D)
    return np.stack((np.sin(theta), np.cos(theta)), axis=-1).reshape(T, -1)[:, :D]


P = fourier_positions(50, 16)
norms = np.linalg.norm(P, axis=1)
assert np.allclose(norms, np.sqrt(8))

# the inner product of two positions depends on their distance only
G = P @ P.T
assert np.allclose(np.diag(G, 3), G[0, 3])
