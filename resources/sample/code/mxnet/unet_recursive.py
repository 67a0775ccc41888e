from mxnet.gluon import nn


def convs(channels):
    seq = nn.HybridSequential()
    for _ in range(2):
        seq.add(nn.Conv2D(channels, 3, padding=1, use_bias=False),
                nn.BatchNorm(), nn.Activation('relu'))
    return seq


class UNetLevel(nn.HybridBlock):
    """One level of the U; what lies below it is `inner` (None at the bottom)."""

    def __init__(self, channels, inner=None, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.left = convs(channels)
            self.inner = inner
            if inner is not None:
                self.pool = nn.MaxPool2D()
                self.up = nn.Conv2DTranspose(channels, 2, strides=2)
                self.right = convs(channels)

    def hybrid_forward(self, F, x):
        x = self.left(x)
        if self.inner is None:
            return x
        below = self.up(self.inner(self.pool(x)))
        below = F.slice_like(F.pad(below, mode='edge', pad_width=(0, 0, 0, 0, 0, 1, 0, 1)), x, axes=(2, 3))
        return self.right(F.concat(x, below, dim=1))


def build(widths=(16, 32, 64, 128), classes=1):
    level = None
    for w in reversed(widths):
        level = UNetLevel(w, level)
    net = nn.HybridSequential()
    net.add(level, nn.Conv2D(classes, 1))
    return net
