import numpy as np
from mxnet import gluon, nd


class WavePositions(gluon.HybridBlock):
    """Half of the channels are sines, the other half cosines (not interleaved)."""

    def __init__(self, units, max_length=1024, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        inv = 1.0 / np.power(10000, np.arange(0, units, 2) / units)
        phase = np.arange(max_length)[:, None] * inv[None, :]
        waves = np.concatenate([np.sin(phase), np.cos(phase)], axis=1)[:, :units]
        with self.name_scope():
            self.waves = self.params.get_constant('waves', nd.array(waves.astype('float32')))

    def hybrid_forward(self, F, x, waves):
        waves = F.expand_dims(waves, axis=0)
        return F.broadcast_add(x, F.slice_like(waves, x, axes=(1,)))
