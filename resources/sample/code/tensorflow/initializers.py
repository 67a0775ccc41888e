import tensorflow as tf


class ScaledNormal(tf.keras.initializers.Initializer):
    """He initialisation divided by sqrt(depth), for residual branches."""

    def __init__(self, depth, seed=None):
        self.depth, self.seed = depth, seed

    def __call__(self, shape, dtype=None, **kwargs):
        fan_in = tf.reduce_prod(shape[:-1])
        std = tf.sqrt(2.0 / (tf.cast(fan_in, tf.float32) * self.depth))
        return tf.random.truncated_normal(shape, stddev=std, seed=self.seed, dtype=dtype or tf.float32)

    def get_config(self):
        return {"depth": self.depth, "seed": self.seed}


def mlp(depth=4, width=128):
    dense = [
        tf.keras.layers.Dense(width, "relu", kernel_initializer=ScaledNormal(depth), bias_initializer="zeros")
        for _ in range(depth)
    ]
    head = tf.keras.layers.Dense(10, kernel_initializer=tf.keras.initializers.GlorotUniform(seed=1))
    return tf.keras.Sequential(dense + [head])
