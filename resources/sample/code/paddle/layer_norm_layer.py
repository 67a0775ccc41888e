import paddle
from paddle import nn


class LayerNormLite(nn.Layer):
    def __init__(self, hidden_size, epsilon=1e-12):
        super().__init__()
        self.weight = self.create_parameter(
            [hidden_size], default_initializer=nn.initializer.Constant(1.0))
        self.bias = self.create_parameter([hidden_size], is_bias=True)
        self.epsilon = epsilon

    def forward(self, hidden):
        u = paddle.mean(hidden, axis=-1, keepdim=True)
        s = paddle.mean(paddle.square(hidden - u), axis=-1, keepdim=True)
        hidden = (hidden - u) / paddle.sqrt(s + self.epsilon)
        return self.weight * hidden + self.bias
