import jax
import jax.numpy as jnp

tree_map = jax.tree_util.tree_map


def adam_init(params):
    zeros = tree_map(jnp.zeros_like, params)
    return {"mu": zeros, "nu": zeros, "count": jnp.zeros((), jnp.int32)}


@jax.jit
def adam_apply(params, grads, opt, lr=3e-4, b1=0.9, b2=0.999, eps=1e-8):
    count = opt["count"] + 1
    mu = tree_map(lambda m, g: b1 * m + (1 - b1) * g, opt["mu"], grads)
    nu = tree_map(lambda n, g: b2 * n + (1 - b2) * g * g, opt["nu"], grads)
    c1, c2 = 1 - b1 ** count, 1 - b2 ** count
    params = tree_map(
        lambda p, m, n: p - lr * (m / c1) / (jnp.sqrt(n / c2) + eps), params, mu, nu
    )
    return params, {"mu": mu, "nu": nu, "count": count}
