import paddle.nn as nn
import paddle.nn.functional as F


class Bottleneck(nn.Layer):
    expansion = 4

    def __init__(self, in_channels, width, stride=1):
        super().__init__()
        out_channels = width * self.expansion
        self.reduce = nn.Sequential(
            nn.Conv2D(in_channels, width, 1, bias_attr=False), nn.BatchNorm2D(width), nn.ReLU())
        self.spatial = nn.Sequential(
            nn.Conv2D(width, width, 3, stride=stride, padding=1, bias_attr=False),
            nn.BatchNorm2D(width), nn.ReLU())
        self.expand = nn.Sequential(
            nn.Conv2D(width, out_channels, 1, bias_attr=False), nn.BatchNorm2D(out_channels))
        # the identity only fits when neither resolution nor channels change
        if stride == 1 and in_channels == out_channels:
            self.skip = None
        else:
            self.skip = nn.Sequential(
                nn.Conv2D(in_channels, out_channels, 1, stride=stride, bias_attr=False),
                nn.BatchNorm2D(out_channels))

    def forward(self, x):
        h = self.expand(self.spatial(self.reduce(x)))
        x = x if self.skip is None else self.skip(x)
        return F.relu(x + h)
