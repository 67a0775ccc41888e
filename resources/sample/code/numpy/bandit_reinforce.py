"""REINFORCE with a linear softmax policy on a corridor: walk right to reach the goal."""
import numpy as np

rng = np.random.default_rng(0)
LENGTH = 6


def policy(theta, s):
    z = theta[s] - theta[s].max()
    return np.exp(z) / np.exp(z).sum()


def episode(theta, limit=50):
    s, steps = 0, []
    for _ in range(limit):
        a = rng.choice(2, p=policy(theta, s))
        nxt = max(0, s - 1) if a == 0 else s + 1
        steps.append((s, a, -1.0 if nxt < LENGTH else 10.0))
        if nxt == LENGTH:
            break
        s = nxt
    return steps


theta = np.zeros((LENGTH, 2))
baseline = 0.0
for n in range(500):
    G, steps = 0.0, episode(theta)
    for s, a, r in reversed(steps):
        G = r + 0.95 * G
        grad_log = -policy(theta, s)
        grad_log[a] += 1.0
        theta[s] += 0.05 * (G - baseline) * grad_log
    baseline += 0.05 * (G - baseline)
print([round(policy(theta, s)[1], 2) for s in range(LENGTH)])
