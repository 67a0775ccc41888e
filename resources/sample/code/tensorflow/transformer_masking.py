import tensorflow as tf


def padding_mask(seq):
    """1.0 marks what must be ignored. Shape (batch, 1, 1, len) broadcasts over heads."""
    return tf.cast(tf.math.equal(seq, 0), tf.float32)[:, tf.newaxis, tf.newaxis, :]


def look_ahead_mask(size):
    return 1.0 - tf.linalg.band_part(tf.ones((size, size)), -1, 0)


def create_masks(source, target):
    enc = padding_mask(source)
    future = look_ahead_mask(tf.shape(target)[1])
    combined = tf.maximum(padding_mask(target), future)
    return enc, combined


def apply_mask(scores, mask):
    return scores + mask * tf.constant(-1e9)
