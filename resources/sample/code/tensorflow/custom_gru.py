import tensorflow as tf
from tensorflow import keras


class SmallGRUCell(keras.layers.Layer):
    """To be wrapped in keras.layers.RNN."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        total = input_shape[-1] + self.units
        self.gates = self.add_weight(name="gates", shape=(total, 2 * self.units))
        self.gates_bias = self.add_weight(name="gates_bias", shape=(2 * self.units,), initializer="ones")
        self.memory = self.add_weight(name="memory", shape=(total, self.units))

    def call(self, inputs, states):
        prev = states[0]
        joined = tf.concat([inputs, prev], axis=-1)
        r, u = tf.split(tf.sigmoid(joined @ self.gates + self.gates_bias), 2, axis=-1)
        proposal = tf.tanh(tf.concat([inputs, r * prev], axis=-1) @ self.memory)
        state = u * prev + (1 - u) * proposal
        return state, [state]


rnn = keras.layers.RNN(SmallGRUCell(32), return_sequences=True)
