from mxnet import nd
from mxnet.gluon import nn


class GCNBlock(nn.HybridBlock):
    def __init__(self, out_units, in_units, act='relu', dropout=0., **kw):
        super().__init__(**kw)
        with self.name_scope():
            self.weight = self.params.get('weight', shape=(in_units, out_units))
            self.drop = nn.Dropout(dropout)
        self._act = act

    def hybrid_forward(self, F, a_norm, x, weight):
        y = F.dot(a_norm, F.dot(self.drop(x), weight))
        return F.Activation(y, act_type=self._act) if self._act else y


def prepare(adj):
    """dense NDArray with zeros on the diagonal -> symmetric normalisation with self-loops"""
    a = adj + nd.eye(adj.shape[0], ctx=adj.context)
    root = a.sum(axis=1) ** -0.5
    return root.reshape((-1, 1)) * a * root.reshape((1, -1))
