import jax
import jax.numpy as jnp
from jax import lax


def leading_direction(key, centred, steps=100):
    """Power iteration without forming the covariance matrix."""
    v = jax.random.normal(key, (centred.shape[1],))

    def body(_, v):
        v = centred.T @ (centred @ v)
        return v / jnp.linalg.norm(v)

    return lax.fori_loop(0, steps, body, v)


def power_pca(key, data, k):
    rest = data - data.mean(axis=0)
    directions = []
    for sub in jax.random.split(key, k):
        v = leading_direction(sub, rest)
        rest = rest - jnp.outer(rest @ v, v)  # deflation
        directions.append(v)
    W = jnp.stack(directions)
    return (data - data.mean(axis=0)) @ W.T, W
