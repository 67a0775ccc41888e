import jax
import jax.numpy as jnp


def init_ln(dim):
    return {"scale": jnp.ones(dim), "offset": jnp.zeros(dim)}


def standardise(vector, eps=1e-5):
    return (vector - jnp.mean(vector)) * jax.lax.rsqrt(jnp.var(vector) + eps)


def ln(params, x):
    # written for one vector, mapped over whatever axes come before it
    fn = standardise
    for _ in range(x.ndim - 1):
        fn = jax.vmap(fn)
    return fn(x) * params["scale"] + params["offset"]


out = ln(init_ln(6), jax.random.normal(jax.random.PRNGKey(1), (2, 3, 6)) * 5 + 2)
print(out.mean(-1), out.std(-1))
