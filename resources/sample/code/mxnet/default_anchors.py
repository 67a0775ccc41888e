from mxnet import nd


def default_anchors(feat, sizes, ratios):
    """All sizes with the first ratio and all ratios with the first size; corners in [0, 1]."""
    height, width = feat.shape[2:]
    pairs = [(s, ratios[0]) for s in sizes] + [(sizes[0], r) for r in ratios[1:]]
    half_w = nd.array([s * r ** .5 * height / width / 2 for s, r in pairs])
    half_h = nd.array([s / r ** .5 / 2 for s, r in pairs])

    cy = ((nd.arange(height) + .5) / height).reshape((-1, 1, 1))
    cx = ((nd.arange(width) + .5) / width).reshape((1, -1, 1))
    shape = (height, width, len(pairs))
    cy, cx = nd.broadcast_to(cy, shape), nd.broadcast_to(cx, shape)
    corners = nd.stack(cx - half_w.reshape((1, 1, -1)), cy - half_h.reshape((1, 1, -1)),
                       cx + half_w.reshape((1, 1, -1)), cy + half_h.reshape((1, 1, -1)), axis=-1)
    return corners.reshape((1, -1, 4))


def with_builtin(feat, sizes, ratios):
    return nd.contrib.MultiBoxPrior(feat, sizes=sizes, ratios=ratios)
