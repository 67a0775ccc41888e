import jax
import jax.numpy as jnp
from flax import linen as nn


def combined_mask(tokens, pad=0):
    """flax style: (batch, 1, q, kv), 1 keeps a pair."""
    padding = nn.make_attention_mask(jnp.ones_like(tokens), tokens > pad)
    causal = nn.make_causal_mask(tokens)
    return nn.combine_masks(padding, causal, dtype=bool)


@jax.jit
def masked_logits(logits, tokens):
    big_negative = jnp.finfo(logits.dtype).min
    return jnp.where(combined_mask(tokens), logits, big_negative)


batch = jnp.array([[3, 1, 4, 0], [1, 5, 0, 0]])
scores = masked_logits(jnp.zeros((2, 1, 4, 4)), batch)
print(jax.nn.softmax(scores, axis=-1)[0, 0])
