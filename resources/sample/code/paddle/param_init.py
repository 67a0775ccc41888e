import math

import paddle
import paddle.nn as nn


def reset(layer):
    if isinstance(layer, nn.Conv2D):
        n = layer.weight.shape[2] * layer.weight.shape[3] * layer.weight.shape[0]
        layer.weight.set_value(paddle.randn(layer.weight.shape) * math.sqrt(2.0 / n))
    elif isinstance(layer, nn.Linear):
        nn.initializer.XavierUniform()(layer.weight)
    elif isinstance(layer, nn.BatchNorm2D):
        layer.weight.set_value(paddle.ones_like(layer.weight))
    else:
        return
    if layer.bias is not None:
        layer.bias.set_value(paddle.zeros_like(layer.bias))


class Small(nn.Layer):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2D(3, 8, 3, weight_attr=nn.initializer.KaimingNormal())
        self.norm = nn.BatchNorm2D(8)
        self.fc = nn.Linear(8, 2)
        self.apply(reset)
