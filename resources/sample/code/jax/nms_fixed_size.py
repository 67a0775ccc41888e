import jax
import jax.numpy as jnp


def overlaps(box, boxes):
    size = lambda b: (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    lo = jnp.maximum(box[:2], boxes[:, :2])
    hi = jnp.minimum(box[2:], boxes[:, 2:])
    inter = jnp.prod(jnp.maximum(hi - lo, 0.0), axis=-1)
    return inter / (size(box) + size(boxes) - inter)


@jax.jit
def keep_mask(boxes, scores, limit=0.5):
    """Same shape in and out, as jit wants it: a box is kept if no kept, better box covers it."""
    order = jnp.argsort(-scores)
    boxes = boxes[order]
    n = boxes.shape[0]

    def visit(i, keep):
        covered = (overlaps(boxes[i], boxes) > limit) & (jnp.arange(n) > i)
        return jnp.where(keep[i], keep & ~covered, keep)

    keep = jax.lax.fori_loop(0, n, visit, jnp.ones(n, dtype=bool))
    return jnp.zeros(n, dtype=bool).at[order].set(keep)
