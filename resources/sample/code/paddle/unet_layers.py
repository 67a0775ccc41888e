import paddle
import paddle.nn as nn
import paddle.nn.functional as F


def conv_bn(i, o):
    return nn.Sequential(nn.Conv2D(i, o, 3, padding=1), nn.BatchNorm2D(o), nn.ReLU())


class Encoder(nn.Layer):
    def __init__(self, i, o):
        super().__init__()
        self.convs = nn.Sequential(conv_bn(i, o), conv_bn(o, o))

    def forward(self, x):
        x = self.convs(x)
        return x, F.max_pool2d(x, kernel_size=2, stride=2)


class Decoder(nn.Layer):
    def __init__(self, i, o):
        super().__init__()
        self.deconv = nn.Conv2DTranspose(i, o, kernel_size=2, stride=2)
        self.convs = nn.Sequential(conv_bn(2 * o, o), conv_bn(o, o))

    def forward(self, shallow, deep):
        deep = self.deconv(deep)
        deep = F.interpolate(deep, size=shallow.shape[2:], mode="nearest")
        return self.convs(paddle.concat([shallow, deep], axis=1))
