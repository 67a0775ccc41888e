from typing import Tuple

import flax.linen as nn
import jax
import jax.numpy as jnp


class ConvNorm(nn.Module):
    channels: int
    kernel: Tuple[int, int] = (3, 3)
    strides: int = 1

    @nn.compact
    def __call__(self, x, train: bool):
        x = nn.Conv(self.channels, self.kernel, strides=self.strides, padding="SAME", use_bias=False)(x)
        x = nn.BatchNorm(use_running_average=not train, momentum=0.9)(x)
        return nn.relu(x)


# running statistics live in their own collection
block = ConvNorm(16)
images = jnp.zeros((4, 28, 28, 3))
variables = block.init(jax.random.PRNGKey(0), images, train=False)
activations, updates = block.apply(variables, images, train=True, mutable=["batch_stats"])
