import numpy as np


def visible(lengths, T):
    """Boolean (N, T, T): may query i of sequence n look at key j?"""
    i = np.arange(T)
    causal = i[:, None] >= i[None, :]
    real = i[None, :] < np.asarray(lengths)[:, None]
    return causal[None] & real[:, None, :]


def as_additive(allowed, dtype=np.float32):
    bias = np.zeros(allowed.shape, dtype)
    bias[~allowed] = np.finfo(dtype).min
    return bias


m = visible([2, 4], 4)
assert m[0, 3].tolist() == [True, True, False, False]
assert m[1].sum() == 4 * 5 // 2
