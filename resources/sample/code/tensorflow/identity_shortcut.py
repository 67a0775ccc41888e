import tensorflow as tf

L = tf.keras.layers


class ResUnit(tf.keras.Model):
    """Basic ResNet unit, post-activation."""

    def __init__(self, filters, downsample=False):
        super().__init__()
        step = 2 if downsample else 1
        self.branch = tf.keras.Sequential([
            L.Conv2D(filters, 3, step, padding="same", use_bias=False),
            L.BatchNormalization(),
            L.ReLU(),
            L.Conv2D(filters, 3, padding="same", use_bias=False),
            L.BatchNormalization(gamma_initializer="zeros"),
        ])
        self.project = None
        if downsample:
            self.project = tf.keras.Sequential([
                L.Conv2D(filters, 1, step, use_bias=False),
                L.BatchNormalization(),
            ])

    def call(self, x, training=None):
        y = self.branch(x, training=training)
        skip = x if self.project is None else self.project(x, training=training)
        return tf.nn.relu(skip + y)
