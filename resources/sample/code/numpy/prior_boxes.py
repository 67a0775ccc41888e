import itertools

import numpy as np


def prior_boxes(fmap_sizes, scales, ratios=(1.0, 2.0, 0.5)):
    """Relative (cx, cy, w, h) boxes for all feature maps, as in SSD."""
    boxes = []
    for level, n in enumerate(fmap_sizes):
        s = scales[level]
        bigger = np.sqrt(s * scales[level + 1])
        for i, j in itertools.product(range(n), repeat=2):
            cx, cy = (j + 0.5) / n, (i + 0.5) / n
            for r in ratios:
                boxes.append((cx, cy, s * np.sqrt(r), s / np.sqrt(r)))
            boxes.append((cx, cy, bigger, bigger))
    return np.clip(np.array(boxes, dtype=np.float32), 0.0, 1.0)


P = prior_boxes([8, 4, 2], [0.1, 0.3, 0.6, 0.9])
print(P.shape)
assert len(P) == (64 + 16 + 4) * 4
