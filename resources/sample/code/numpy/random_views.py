import numpy as np


def random_view(img, rng, out=32, max_shift=0.1):
    """One random square crop, mirrored half of the time, with shifted brightness. img: (H, W, C)"""
    h, w = img.shape[:2]
    side = int(rng.uniform(0.6, 1.0) * min(h, w))
    y, x = rng.integers(0, h - side + 1), rng.integers(0, w - side + 1)
    rows = y + (np.arange(out) * side) // out   # nearest-neighbour resize
    cols = x + (np.arange(out) * side) // out
    view = img[np.ix_(rows, cols)]
    if rng.random() < 0.5:
        view = view[:, ::-1]
    contrast = rng.uniform(0.8, 1.2)
    return np.clip((view - 0.5) * contrast + 0.5 + rng.uniform(-max_shift, max_shift), 0, 1)


def enlarge(images, labels, copies, seed=0):
    rng = np.random.default_rng(seed)
    views = [random_view(im, rng) for im in images for _ in range(copies)]
    return np.stack(views), np.repeat(labels, copies)
