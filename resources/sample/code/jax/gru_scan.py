import jax
import jax.numpy as jnp
from jax.nn import sigmoid, tanh


def init_gru(key, d_in, d_h):
    k1, k2 = jax.random.split(key)
    glorot = jax.nn.initializers.glorot_uniform()
    return dict(
        W=glorot(k1, (d_in, 3 * d_h)),
        U=jax.nn.initializers.orthogonal()(k2, (d_h, 3 * d_h)),
        b=jnp.zeros(3 * d_h),
    )


def gru_step(params, h, x):
    d = h.shape[-1]
    gates = x @ params["W"] + params["b"]
    rec = h @ params["U"]
    z = sigmoid(gates[..., :d] + rec[..., :d])
    r = sigmoid(gates[..., d:2 * d] + rec[..., d:2 * d])
    cand = tanh(gates[..., 2 * d:] + r * rec[..., 2 * d:])
    h = z * h + (1.0 - z) * cand
    return h, h


@jax.jit
def run_gru(params, xs, h0):
    # xs is time-major; scan carries the state and stacks the outputs
    return jax.lax.scan(lambda h, x: gru_step(params, h, x), h0, xs)
