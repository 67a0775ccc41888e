import numpy as np


def jaccard(boxes, query):
    """boxes (N, 4), query (K, 4), both [left, top, right, bottom] -> (N, K)."""
    x1, y1, x2, y2 = np.split(boxes, 4, axis=1)
    u1, v1, u2, v2 = query.T
    w = np.clip(np.minimum(x2, u2) - np.maximum(x1, u1), 0, None)
    h = np.clip(np.minimum(y2, v2) - np.maximum(y1, v1), 0, None)
    common = w * h
    total = (x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - common
    return common / np.maximum(total, 1e-12)


squares = np.array([[0, 0, 2, 2], [1, 1, 3, 3], [5, 5, 6, 6]], float)
J = jaccard(squares, squares)
assert np.allclose(np.diag(J), 1)
assert np.isclose(J[0, 1], 1 / 7) and J[0, 2] == 0
