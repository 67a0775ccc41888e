import jax
import jax.numpy as jnp
from flax.training.dynamic_scale import DynamicScale
from flax.training.train_state import TrainState


class ScaledState(TrainState):
    dynamic_scale: DynamicScale = None


def to_half(tree):
    return jax.tree_util.tree_map(lambda a: a.astype(jnp.float16), tree)


@jax.jit
def half_step(state, x, y):
    def objective(params):
        logits = state.apply_fn({"params": to_half(params)}, x.astype(jnp.float16))
        logp = jax.nn.log_softmax(logits.astype(jnp.float32))
        return -jnp.mean(jnp.take_along_axis(logp, y[:, None], axis=1))

    scale, finite, loss, grads = state.dynamic_scale.value_and_grad(objective)(state.params)
    updated = state.apply_gradients(grads=grads)
    # keep the old weights and optimiser state when a gradient overflowed
    pick = lambda new, old: jax.tree_util.tree_map(lambda a, b: jnp.where(finite, a, b), new, old)
    return updated.replace(
        params=pick(updated.params, state.params),
        opt_state=pick(updated.opt_state, state.opt_state),
        dynamic_scale=scale,
    ), loss
