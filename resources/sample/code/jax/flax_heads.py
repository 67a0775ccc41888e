import flax.linen as nn
import jax.numpy as jnp
from jax import nn as jnn


class SplitHeads(nn.Module):
    features: int
    heads: int

    @nn.compact
    def __call__(self, inputs_q, inputs_kv, bias=None):
        head_dim = self.features // self.heads
        proj = lambda name: nn.DenseGeneral((self.heads, head_dim), use_bias=False, name=name)
        q = proj("query")(inputs_q) / jnp.sqrt(head_dim)
        k, v = proj("key")(inputs_kv), proj("value")(inputs_kv)

        # b: batch, q/k: positions, h: head, d: channel within the head
        logits = jnp.einsum("bqhd,bkhd->bhqk", q, k)
        if bias is not None:
            logits = logits + bias
        mixed = jnp.einsum("bhqk,bkhd->bqhd", jnn.softmax(logits), v)
        return nn.DenseGeneral(self.features, axis=(-2, -1), name="out")(mixed)
