from torch import nn


class ConvBNAct(nn.Sequential):
    """Convolution without bias, batch norm, activation. 'Same' padding for odd kernels."""

    def __init__(self, c_in, c_out, kernel=3, stride=1, groups=1, act=nn.ReLU):
        super().__init__(
            nn.Conv2d(c_in, c_out, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(c_out),
            act(inplace=True),
        )


def stem(width=32):
    return nn.Sequential(
        ConvBNAct(3, width, stride=2),
        ConvBNAct(width, width),
        ConvBNAct(width, 2 * width),
        nn.MaxPool2d(3, 2, 1),
    )
