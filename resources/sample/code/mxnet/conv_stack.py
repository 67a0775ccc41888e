from mxnet.gluon import nn


def add_conv(out, channels, kernel=1, stride=1, pad=0, num_group=1, active=True):
    """Append conv + BN (+ relu) to the HybridSequential `out`."""
    out.add(nn.Conv2D(channels, kernel, stride, pad, groups=num_group, use_bias=False))
    out.add(nn.BatchNorm(scale=True))
    if active:
        out.add(nn.Activation('relu'))


def build_features(widths=(16, 32, 64)):
    features = nn.HybridSequential(prefix='feat_')
    with features.name_scope():
        for i, w in enumerate(widths):
            add_conv(features, w, kernel=3, stride=1 if i == 0 else 2, pad=1)
        features.add(nn.GlobalAvgPool2D())
    return features


if __name__ == '__main__':
    import mxnet as mx
    net = build_features()
    net.initialize(mx.init.MSRAPrelu())
    net.hybridize()
    print(net(mx.nd.zeros((1, 3, 32, 32))).shape)
