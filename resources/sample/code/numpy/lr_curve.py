import numpy as np


def lr_curve(n_steps, n_warm, lr_max, lr_min=0.0):
    """The whole schedule as an array: lr_curve(...)[i] is the rate of step i."""
    warm = np.linspace(lr_max / n_warm, lr_max, n_warm)
    phase = np.linspace(0.0, np.pi, n_steps - n_warm)
    cool = lr_min + (lr_max - lr_min) * (np.cos(phase) + 1) / 2
    return np.concatenate([warm, cool])


curve = lr_curve(1000, 50, 0.3, 0.003)
assert curve.argmax() in (49, 50)
assert np.isclose(curve[-1], 0.003)
for s in range(0, 1000, 100):
    print(f"{s:5d} {curve[s]:.5f} " + "#" * int(100 * curve[s]))
