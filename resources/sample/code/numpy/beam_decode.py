import heapq

import numpy as np


def log_softmax(z):
    z = z - z.max()
    return z - np.log(np.exp(z).sum())


def beam_decode(next_logits, start, stop, k=3, limit=20):
    """next_logits(list of ids) -> vector of scores. Yields hypotheses, best first."""
    open_ = [(0.0, [start])]
    closed = []
    while open_ and limit > 0:
        limit -= 1
        pool = []
        for score, seq in open_:
            lp = log_softmax(next_logits(seq))
            for tok in np.argsort(lp)[-k:]:
                pool.append((score + lp[tok], seq + [int(tok)]))
        best = heapq.nlargest(k, pool, key=lambda h: h[0])
        open_ = [h for h in best if h[1][-1] != stop]
        closed += [h for h in best if h[1][-1] == stop]
    closed = closed or open_
    return sorted(closed, key=lambda h: h[0] / len(h[1]), reverse=True)
