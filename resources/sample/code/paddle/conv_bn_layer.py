import paddle.nn as nn
from paddle import ParamAttr


class ConvBNLayer(nn.Layer):
    def __init__(self, in_ch, out_ch, filter_size, stride=1, act="relu", lr_mult=1.0):
        super().__init__()
        self._conv = nn.Conv2D(
            in_channels=in_ch,
            out_channels=out_ch,
            kernel_size=filter_size,
            stride=stride,
            padding=(filter_size - 1) // 2,
            weight_attr=ParamAttr(learning_rate=lr_mult),
            bias_attr=False,
        )
        self._norm = nn.BatchNorm2D(out_ch)
        self._act = nn.ReLU() if act == "relu" else None

    def forward(self, inputs):
        y = self._norm(self._conv(inputs))
        return y if self._act is None else self._act(y)
