import jax
import jax.numpy as jnp


def global_norm(tree):
    leaves = jax.tree_util.tree_leaves(tree)
    return jnp.sqrt(sum(jnp.vdot(leaf, leaf) for leaf in leaves))


def clip_tree(grads, limit):
    norm = global_norm(grads)
    scale = jnp.minimum(1.0, limit / jnp.maximum(norm, 1e-9))
    return jax.tree_util.tree_map(lambda g: g * scale, grads), norm


@jax.jit
def sgd_clipped(params, x, y, lr=0.1, limit=1.0):
    def mse(p):
        return jnp.mean((x @ p["w"] + p["b"] - y) ** 2)

    grads, norm = clip_tree(jax.grad(mse)(params), limit)
    params = jax.tree_util.tree_map(lambda p, g: p - lr * g, params, grads)
    return params, norm
