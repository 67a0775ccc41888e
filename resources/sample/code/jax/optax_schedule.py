import jax.numpy as jnp
import optax


def make_schedule(base_lr, warmup_epochs, num_epochs, steps_per_epoch):
    """Linear ramp joined to a cosine tail."""
    ramp = optax.linear_schedule(0.0, base_lr, transition_steps=warmup_epochs * steps_per_epoch)
    tail = optax.cosine_decay_schedule(
        base_lr, decay_steps=max(num_epochs - warmup_epochs, 1) * steps_per_epoch)
    return optax.join_schedules([ramp, tail], boundaries=[warmup_epochs * steps_per_epoch])


def make_optimizer(base_lr=0.1, weight_decay=1e-4, **kw):
    schedule = make_schedule(base_lr, **kw)
    tx = optax.chain(optax.add_decayed_weights(weight_decay), optax.sgd(schedule, momentum=0.9, nesterov=True))
    return tx, schedule


tx, schedule = make_optimizer(warmup_epochs=5, num_epochs=90, steps_per_epoch=100)
print([float(schedule(jnp.asarray(s))) for s in (0, 250, 500, 4500, 9000)])
