import jax
import jax.numpy as jnp


def bernoulli_drop(key, x, rate, deterministic=False):
    """Pure function: the randomness comes in through `key`."""
    if deterministic or rate == 0.0:
        return x
    keep_prob = 1.0 - rate
    mask = jax.random.bernoulli(key, keep_prob, x.shape)
    return jnp.where(mask, x / keep_prob, 0.0)


def mlp(params, x, key=None, rate=0.2):
    keys = [None] * len(params) if key is None else jax.random.split(key, len(params))
    for (w, b), k in zip(params[:-1], keys):
        x = jax.nn.relu(x @ w + b)
        x = bernoulli_drop(k, x, rate, deterministic=key is None)
    w, b = params[-1]
    return x @ w + b
