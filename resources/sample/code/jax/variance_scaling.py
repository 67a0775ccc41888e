import jax
import jax.numpy as jnp
from jax.nn import initializers as init


def he(key, shape, dtype=jnp.float32):
    fan_in = 1
    for n in shape[:-1]:
        fan_in *= n
    return jax.random.normal(key, shape, dtype) * jnp.sqrt(2.0 / fan_in)


def init_network(key, widths, last=init.zeros):
    """[(w, b), ...]; hidden layers by He, the output layer starts at zero."""
    keys = jax.random.split(key, len(widths) - 1)
    shapes = list(zip(widths[:-1], widths[1:]))
    layers = [(he(k, s), jnp.zeros(s[1])) for k, s in zip(keys[:-1], shapes[:-1])]
    layers.append((last(keys[-1], shapes[-1], jnp.float32), jnp.zeros(widths[-1])))
    return layers


# the library has the same as a factory
he_builtin = init.variance_scaling(2.0, mode="fan_in", distribution="normal")
a = he(jax.random.PRNGKey(0), (512, 256)).std()
b = he_builtin(jax.random.PRNGKey(1), (512, 256)).std()
print(float(a), float(b))
