import jax
import jax.numpy as jnp
import optax


def polyak(average, params, decay):
    return jax.tree_util.tree_map(lambda a, p: decay * a + (1.0 - decay) * p, average, params)


def debiased(average, decay, step):
    """For averages that start at zero."""
    return jax.tree_util.tree_map(lambda a: a / (1.0 - decay ** step), average)


def make_step(loss_fn, tx, decay=0.995):
    @jax.jit
    def step(carry, batch):
        params, target, opt_state = carry
        grads = jax.grad(loss_fn)(params, target, batch)
        updates, opt_state = tx.update(grads, opt_state, params)
        params = optax.apply_updates(params, updates)
        return params, polyak(target, params, decay), opt_state

    return step
