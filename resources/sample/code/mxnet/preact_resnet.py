from mxnet.gluon import nn


class PreActBlock(nn.HybridBlock):
    """BN and relu come before the convolutions, so the sum itself stays linear."""

    def __init__(self, channels, stride, match_shape=False, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.norm_a = nn.BatchNorm()
            self.conv_a = nn.Conv2D(channels, 3, stride, 1, use_bias=False)
            self.norm_b = nn.BatchNorm()
            self.conv_b = nn.Conv2D(channels, 3, 1, 1, use_bias=False)
            self.down = nn.Conv2D(channels, 1, stride, use_bias=False) if match_shape else None

    def hybrid_forward(self, F, x):
        residual = x
        x = F.Activation(self.norm_a(x), act_type='relu')
        if self.down:
            residual = self.down(x)
        x = self.conv_a(x)
        x = self.conv_b(F.Activation(self.norm_b(x), act_type='relu'))
        return x + residual


def stage(channels, blocks, stride):
    seq = nn.HybridSequential()
    seq.add(PreActBlock(channels, stride, match_shape=True))
    for _ in range(blocks - 1):
        seq.add(PreActBlock(channels, 1))
    return seq
