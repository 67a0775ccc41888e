import tensorflow as tf


class GraphLayer(tf.keras.layers.Layer):
    """Inputs: node features [batch, n, f] and a dense adjacency [batch, n, n] of 0 and 1."""

    def __init__(self, units, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.dense = tf.keras.layers.Dense(units, use_bias=False)
        self.activation = tf.keras.activations.get(activation)

    def build(self, input_shape):
        self.bias = self.add_weight(name="bias", shape=(self.dense.units,), initializer="zeros")

    def call(self, features, adjacency):
        n = tf.shape(adjacency)[-1]
        adjacency = adjacency + tf.eye(n, batch_shape=[tf.shape(adjacency)[0]])
        degree = tf.reduce_sum(adjacency, axis=-1)
        inv_root = tf.math.rsqrt(tf.maximum(degree, 1.0))
        smooth = inv_root[:, :, None] * adjacency * inv_root[:, None, :]
        return self.activation(tf.matmul(smooth, self.dense(features)) + self.bias)
