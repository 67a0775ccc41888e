import tensorflow as tf


def dice_coefficient(y_true, y_pred, eps=1e-6):
    """Binary masks [batch, h, w, 1]; one value per picture."""
    axes = [1, 2, 3]
    overlap = tf.reduce_sum(y_true * y_pred, axes)
    return (2.0 * overlap + eps) / (tf.reduce_sum(y_true, axes) + tf.reduce_sum(y_pred, axes) + eps)


def bce_dice(y_true, logits):
    y_true = tf.cast(y_true, logits.dtype)
    per_pixel = tf.nn.sigmoid_cross_entropy_with_logits(labels=y_true, logits=logits)
    bce = tf.reduce_mean(per_pixel, axis=[1, 2, 3])
    return bce + 1.0 - dice_coefficient(y_true, tf.sigmoid(logits))


def compile_segmenter(model):
    model.compile(optimizer="adam", loss=bce_dice, metrics=[tf.keras.metrics.BinaryIoU([1], threshold=0.0)])
    return model
