import math
from mxnet import nd
from mxnet.gluon import Block, nn


class HeadedAttention(Block):
    """Queries look at a memory through `heads` independent subspaces."""

    def __init__(self, units, heads, dropout=0.1, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        if units % heads:
            raise ValueError('units=%d is not a multiple of heads=%d' % (units, heads))
        self._heads, self._units = heads, units
        with self.name_scope():
            self.to_q = nn.Dense(units, flatten=False, use_bias=False)
            self.to_kv = nn.Dense(2 * units, flatten=False, use_bias=False)
            self.to_out = nn.Dense(units, flatten=False, use_bias=False)
            self.drop = nn.Dropout(dropout)

    def _fold(self, x):
        """(N, T, C) -> (N * heads, T, C / heads)"""
        x = x.reshape((0, 0, self._heads, -1)).transpose((0, 2, 1, 3))
        return x.reshape((-3, 0, 0))

    def forward(self, x, memory):
        q = self._fold(self.to_q(x))
        key, value = nd.split(self.to_kv(memory), num_outputs=2, axis=2)
        key, value = self._fold(key), self._fold(value)
        att = nd.batch_dot(q, key, transpose_b=True) / math.sqrt(self._units // self._heads)
        att = self.drop(nd.softmax(att))
        y = nd.batch_dot(att, value)
        y = y.reshape((-4, -1, self._heads, 0, 0)).transpose((0, 2, 1, 3))
        return self.to_out(y.reshape((0, 0, -3)))
