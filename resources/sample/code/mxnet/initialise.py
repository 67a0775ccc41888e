import numpy as np
from mxnet import init, nd
from mxnet.gluon import nn


class UnitRows(init.Initializer):
    """Gaussian rows of length one."""

    def _init_weight(self, name, arr):
        rows = nd.random.normal(shape=arr.shape)
        arr[:] = nd.L2Normalization(rows.reshape((arr.shape[0], -1))).reshape(arr.shape)


net = nn.Sequential()
net.add(nn.Conv2D(8, 3, activation='relu'), nn.Dense(16), nn.Dense(4, weight_initializer=UnitRows()))

# one rule for all, another for the weights of the second layer; biases are zero by default
net.initialize(init.Xavier(rnd_type='gaussian', factor_type='in', magnitude=2))
for name, param in net[1].collect_params('.*weight').items():
    param.initialize(init.Uniform(.05), force_reinit=True)
net(nd.zeros((1, 3, 8, 8)))
assert np.allclose(net[2].weight.data().norm(axis=1).asnumpy(), 1, atol=1e-4)
