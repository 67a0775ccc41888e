import numpy as np
import tensorflow as tf


def angle_rates(position, d_model):
    i = np.arange(d_model)[np.newaxis, :]
    return position / np.power(10000, (2 * (i // 2)) / np.float32(d_model))


def encode_positions(length, d_model):
    rad = angle_rates(np.arange(length)[:, np.newaxis], d_model)
    rad[:, 0::2] = np.sin(rad[:, 0::2])
    rad[:, 1::2] = np.cos(rad[:, 1::2])
    return tf.cast(rad[np.newaxis, ...], tf.float32)


class PositionLayer(tf.keras.layers.Layer):
    def __init__(self, max_len, d_model):
        super().__init__()
        self.encoding = encode_positions(max_len, d_model)

    def call(self, x):
        return x + self.encoding[:, : tf.shape(x)[1], :]
