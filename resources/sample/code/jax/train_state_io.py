from pathlib import Path

import jax
import optax
from flax import serialization
from flax.training import train_state


def create_state(model, key, sample, lr=1e-3):
    params = model.init(key, sample)["params"]
    return train_state.TrainState.create(apply_fn=model.apply, params=params, tx=optax.adam(lr))


def write_state(state, directory):
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    host_copy = jax.device_get(state)
    target = directory / f"state_{int(state.step):08d}.msgpack"
    target.write_bytes(serialization.to_bytes(host_copy))


def read_latest(state, directory):
    """`state` gives the structure; it comes back unchanged if there is nothing to read."""
    found = sorted(Path(directory).glob("state_*.msgpack"))
    return serialization.from_bytes(state, found[-1].read_bytes()) if found else state
