import jax.numpy as jnp
import optax
from jax import jit


@jit
def staircase(step, base=0.1, every=1000, factor=0.5):
    return base * factor ** jnp.floor(step / every)


boundaries = {3000: 0.1, 6000: 0.1}
schedule = optax.piecewise_constant_schedule(init_value=0.1, boundaries_and_scales=boundaries)
optimizer = optax.sgd(learning_rate=schedule, momentum=0.9)


def describe(fn, upto=8000, stride=1000):
    for s in range(0, upto, stride):
        print(f"step {s:>6}: lr = {float(fn(s)):.6f}")


describe(staircase)
describe(schedule)
