from functools import partial

import flax.linen as nn
import jax.numpy as jnp


class ResidualUnit(nn.Module):
    width: int
    stride: int = 1
    dtype: jnp.dtype = jnp.float32

    @nn.compact
    def __call__(self, x, training=True):
        conv = partial(nn.Conv, use_bias=False, dtype=self.dtype)
        norm = partial(nn.BatchNorm, use_running_average=not training, dtype=self.dtype)

        y = conv(self.width, (3, 3), (self.stride, self.stride))(x)
        y = nn.relu(norm()(y))
        y = conv(self.width, (3, 3))(y)
        y = norm(scale_init=nn.initializers.zeros)(y)

        if x.shape != y.shape:
            x = conv(self.width, (1, 1), (self.stride, self.stride), name="skip_conv")(x)
            x = norm(name="skip_norm")(x)
        return nn.relu(x + y)
