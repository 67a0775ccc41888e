import numpy as np


def pick_token(logits, rng, temperature=1.0, top_k=None, top_p=None):
    order = np.argsort(-logits)
    z = logits[order] / temperature
    p = np.exp(z - z[0])
    p /= p.sum()

    n = len(p)
    if top_k is not None:
        n = min(n, top_k)
    if top_p is not None:
        n = min(n, int(np.searchsorted(np.cumsum(p), top_p)) + 1)

    p = p[:n] / p[:n].sum()
    return int(order[rng.choice(n, p=p)])


rng = np.random.default_rng(7)
counts = np.bincount([pick_token(np.array([2., 1., .5, -3.]), rng, top_p=.9) for _ in range(1000)], minlength=4)
print(counts)
assert counts[3] == 0
