import jax.numpy as jnp
from jax import jit


def sincos(positions, dim, theta=1e4):
    """positions: any shape of ints or floats -> (*shape, dim)."""
    exponent = jnp.arange(dim // 2) / (dim // 2)
    args = positions[..., None] * theta ** -exponent
    return jnp.concatenate([jnp.sin(args), jnp.cos(args)], axis=-1)


@jit
def add_positions(x):
    length, dim = x.shape[-2:]
    return x + sincos(jnp.arange(length), dim).astype(x.dtype)


def timestep_embedding(t, dim):
    # diffusion models use the same waves for the noise level
    return sincos(jnp.asarray(t, jnp.float32) * 1000.0, dim)
