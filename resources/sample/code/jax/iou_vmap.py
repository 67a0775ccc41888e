import jax
import jax.numpy as jnp


def iou_one(p, q):
    """Two boxes (cy, cx, h, w)."""
    p_lo, p_hi = p[:2] - p[2:] / 2, p[:2] + p[2:] / 2
    q_lo, q_hi = q[:2] - q[2:] / 2, q[:2] + q[2:] / 2
    side = jnp.maximum(0.0, jnp.minimum(p_hi, q_hi) - jnp.maximum(p_lo, q_lo))
    inter = jnp.prod(side)
    return inter / (jnp.prod(p[2:]) + jnp.prod(q[2:]) - inter + 1e-9)


iou_table = jax.jit(jax.vmap(jax.vmap(iou_one, (None, 0)), (0, None)))


def best_match(predictions, truths):
    table = iou_table(predictions, truths)
    return table.argmax(axis=1), table.max(axis=1)
