from mxnet import gluon, nd


class ScaledAttention(gluon.Block):
    def __init__(self, dropout=0., **kw):
        super(ScaledAttention, self).__init__(**kw)
        with self.name_scope():
            self.dropout = gluon.nn.Dropout(dropout)
        self.alpha = None   # last attention map, handy for plotting

    def forward(self, queries, keys, values, key_lengths=None):
        units = queries.shape[2]
        sim = nd.batch_dot(queries, keys, transpose_b=True) / units ** 0.5
        if key_lengths is not None:
            # positions past the end of the sentence must not receive any weight
            steps = nd.arange(keys.shape[1], ctx=keys.context).reshape((1, 1, -1))
            inside = nd.broadcast_lesser(steps, key_lengths.astype('float32').reshape((-1, 1, 1)))
            inside = nd.broadcast_like(inside, sim)
            sim = nd.where(inside, sim, nd.ones_like(sim) * -1e9)
        self.alpha = nd.softmax(sim, axis=2)
        return nd.batch_dot(self.dropout(self.alpha), values)
