from typing import NamedTuple

import jax
import jax.numpy as jnp


class RmsState(NamedTuple):
    nu: any


def rms(learning_rate, decay=0.9, eps=1e-8):
    """Optimiser as a pair of pure functions (init, update)."""

    def init(params):
        return RmsState(nu=jax.tree_util.tree_map(jnp.zeros_like, params))

    def update(grads, state):
        nu = jax.tree_util.tree_map(
            lambda n, g: decay * n + (1.0 - decay) * jnp.square(g), state.nu, grads)
        deltas = jax.tree_util.tree_map(
            lambda g, n: -learning_rate * g / (jnp.sqrt(n) + eps), grads, nu)
        return deltas, RmsState(nu)

    return init, update


def apply(params, deltas):
    return jax.tree_util.tree_map(jnp.add, params, deltas)
