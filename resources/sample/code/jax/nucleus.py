import functools

import jax
import jax.numpy as jnp
from jax import random


@functools.partial(jax.jit, static_argnames=("top_k",))
def sample(key, logits, temperature=1.0, top_k=40, top_p=0.95):
    """logits: (batch, vocab). Top-k first, then the nucleus within those k."""
    best, index = jax.lax.top_k(logits / temperature, top_k)
    probs = jax.nn.softmax(best, axis=-1)
    before = jnp.cumsum(probs, axis=-1) - probs
    best = jnp.where(before < top_p, best, -jnp.inf)
    choice = random.categorical(key, best, axis=-1)
    return jnp.take_along_axis(index, choice[:, None], axis=-1)[:, 0]


def sample_many(seed, logits, n):
    keys = random.split(random.PRNGKey(seed), n)
    return jax.vmap(lambda k: sample(k, logits, top_k=5))(keys)
