import functools

import jax
import jax.numpy as jnp


def nearest(codebook, v):
    return jnp.argmin(jnp.sum((codebook - v) ** 2, axis=-1))


@functools.partial(jax.jit, static_argnums=(2, 3))
def learn_codebook(key, data, size, n_iter=25):
    start = jax.random.choice(key, data, (size,), replace=False)

    def refine(_, codebook):
        codes = jax.vmap(nearest, (None, 0))(codebook, data)
        onehot = jax.nn.one_hot(codes, size)
        mass = onehot.sum(axis=0)[:, None]
        # a code nobody chose stays where it is
        return jnp.where(mass > 0, onehot.T @ data / jnp.maximum(mass, 1), codebook)

    codebook = jax.lax.fori_loop(0, n_iter, refine, start)
    return codebook, jax.vmap(nearest, (None, 0))(codebook, data)
