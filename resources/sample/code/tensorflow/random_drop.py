import tensorflow as tf


class RandomDrop(tf.keras.layers.Layer):
    """Written as a Keras layer so that `training` is passed along by fit and predict."""

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.generator = tf.random.Generator.from_seed(seed or 1234)

    def call(self, inputs, training=None):
        if not training:
            return inputs
        noise = self.generator.uniform(tf.shape(inputs))
        survivors = tf.cast(noise >= self.rate, inputs.dtype)
        return inputs * survivors / (1.0 - self.rate)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}
