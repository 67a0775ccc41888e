from functools import partial

import jax
import jax.numpy as jnp


def sdpa(q, k, v, valid=None):
    """One example: q (Lq, d), k (Lk, d), v (Lk, dv), valid (Lk,) bool or None."""
    scale = jax.lax.rsqrt(jnp.float32(q.shape[-1]))
    energy = jnp.dot(q, k.T) * scale
    if valid is not None:
        energy = jnp.where(valid[None, :], energy, jnp.finfo(energy.dtype).min)
    return jax.nn.softmax(energy, axis=-1) @ v


# batched over the leading axis; the mask is batched too
batched_sdpa = jax.jit(jax.vmap(sdpa, in_axes=(0, 0, 0, 0)))


@partial(jax.jit, static_argnames="length")
def lengths_to_valid(lengths, length):
    return jnp.arange(length)[None, :] < lengths[:, None]
