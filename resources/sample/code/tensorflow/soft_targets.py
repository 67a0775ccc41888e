import tensorflow as tf


def soften(labels, classes, epsilon):
    one_hot = tf.one_hot(labels, classes)
    return one_hot * (1.0 - epsilon) + epsilon / classes


class SoftTargetLoss(tf.keras.losses.Loss):
    """Transformer style: smoothed, and zero where the label is padding (id 0)."""

    def __init__(self, classes, epsilon=0.1, name="soft_target"):
        super().__init__(name=name, reduction="none")
        self.classes, self.epsilon = classes, epsilon

    def call(self, y_true, y_pred):
        y_true = tf.cast(y_true, tf.int32)
        targets = soften(y_true, self.classes, self.epsilon)
        xent = tf.nn.softmax_cross_entropy_with_logits(labels=targets, logits=y_pred)
        return xent * tf.cast(tf.not_equal(y_true, 0), xent.dtype)
