import jax
import jax.numpy as jnp
import optax


def accumulated_gradients(loss_fn, params, x, y, n_micro):
    """Split the batch along axis 0 and average the gradients with a scan, to save memory."""
    xs = x.reshape(n_micro, -1, *x.shape[1:])
    ys = y.reshape(n_micro, -1, *y.shape[1:])

    def body(carry, batch):
        total_loss, total_grads = carry
        loss, grads = jax.value_and_grad(loss_fn)(params, *batch)
        return (total_loss + loss, jax.tree_util.tree_map(jnp.add, total_grads, grads)), None

    init = (0.0, jax.tree_util.tree_map(jnp.zeros_like, params))
    (loss, grads), _ = jax.lax.scan(body, init, (xs, ys))
    return loss / n_micro, jax.tree_util.tree_map(lambda g: g / n_micro, grads)


# or let optax do it: gradients are stored and applied every 4th call
tx = optax.MultiSteps(optax.adamw(1e-3), every_k_schedule=4)
