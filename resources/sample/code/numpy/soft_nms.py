import numpy as np


def soft_nms(dets, sigma=0.5, min_score=0.001):
    """dets: rows of x1, y1, x2, y2, score. Neighbours lose score instead of vanishing."""
    dets = dets.astype(float).copy()
    size = (dets[:, 2] - dets[:, 0]) * (dets[:, 3] - dets[:, 1])
    out = []
    alive = np.arange(len(dets))
    while len(alive):
        m = alive[dets[alive, 4].argmax()]
        if dets[m, 4] < min_score:
            break
        out.append(dets[m].copy())
        alive = alive[alive != m]
        lo = np.maximum(dets[alive, :2], dets[m, :2])
        hi = np.minimum(dets[alive, 2:4], dets[m, 2:4])
        inter = np.prod(np.maximum(hi - lo, 0), axis=1)
        ov = inter / (size[alive] + size[m] - inter)
        dets[alive, 4] *= np.exp(-ov ** 2 / sigma)
    return np.array(out)


def hard_nms(dets, thresh):
    keep, order = [], dets[:, 4].argsort()[::-1]
    while order.size:
        i, order = order[0], order[1:]
        keep.append(i)
        lo, hi = np.maximum(dets[order, :2], dets[i, :2]), np.minimum(dets[order, 2:4], dets[i, 2:4])
        inter = np.clip(hi - lo, 0, None).prod(1)
        both = np.prod(dets[order, 2:4] - dets[order, :2], 1) + np.prod(dets[i, 2:4] - dets[i, :2])
        order = order[inter / (both - inter) <= thresh]
    return keep
