import tensorflow as tf


class BatchStandardise(tf.keras.layers.Layer):
    def __init__(self, momentum=0.99, epsilon=1e-3):
        super().__init__()
        self.momentum, self.epsilon = momentum, epsilon

    def build(self, shape):
        size = [shape[-1]]
        self.scale = self.add_weight(name="scale", shape=size, initializer="ones")
        self.offset = self.add_weight(name="offset", shape=size, initializer="zeros")
        self.pop_mean = self.add_weight(
            name="pop_mean", shape=size, initializer="zeros", trainable=False)
        self.pop_var = self.add_weight(
            name="pop_var", shape=size, initializer="ones", trainable=False)

    def call(self, x, training=False):
        if training:
            axes = list(range(len(x.shape) - 1))
            mean, var = tf.nn.moments(x, axes)
            self.pop_mean.assign(self.momentum * self.pop_mean + (1 - self.momentum) * mean)
            self.pop_var.assign(self.momentum * self.pop_var + (1 - self.momentum) * var)
        else:
            mean, var = self.pop_mean, self.pop_var
        return tf.nn.batch_normalization(x, mean, var, self.offset, self.scale, self.epsilon)
