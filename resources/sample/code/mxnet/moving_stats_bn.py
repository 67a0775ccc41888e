from mxnet import autograd, nd
from mxnet.gluon import nn


class MovingStatsBN(nn.Block):
    def __init__(self, num_features, decay=0.9, eps=1e-5, **kwargs):
        super().__init__(**kwargs)
        shape = (1, num_features, 1, 1)
        self.gamma = self.params.get('gamma', shape=shape, init='ones')
        self.beta = self.params.get('beta', shape=shape, init='zeros')
        self.avg = nd.zeros(shape)
        self.sq = nd.ones(shape)
        self.decay, self.eps = decay, eps

    def forward(self, x):
        if autograd.is_training():
            m = x.mean(axis=(0, 2, 3), keepdims=True)
            v = ((x - m) ** 2).mean(axis=(0, 2, 3), keepdims=True)
            # no gradient should flow into the running averages
            self.avg = self.decay * self.avg + (1 - self.decay) * m.detach()
            self.sq = self.decay * self.sq + (1 - self.decay) * v.detach()
        else:
            m, v = self.avg, self.sq
        return self.gamma.data() * (x - m) / nd.sqrt(v + self.eps) + self.beta.data()
