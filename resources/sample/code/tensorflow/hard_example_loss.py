import tensorflow as tf


class CategoricalFocal(tf.keras.losses.Loss):
    def __init__(self, class_weights=None, gamma=2.0):
        super().__init__(name="categorical_focal")
        self.gamma = gamma
        self.class_weights = None if class_weights is None else tf.constant(class_weights)

    def call(self, y_true, y_pred):
        # y_true: integer class, y_pred: logits
        y_true = tf.cast(tf.reshape(y_true, [-1]), tf.int32)
        log_p = tf.nn.log_softmax(y_pred, axis=-1)
        log_pt = tf.gather(log_p, y_true, batch_dims=1)
        modulator = tf.pow(1.0 - tf.exp(log_pt), self.gamma)
        loss = -modulator * log_pt
        if self.class_weights is not None:
            loss *= tf.gather(self.class_weights, y_true)
        return loss
