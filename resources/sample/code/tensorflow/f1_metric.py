import tensorflow as tf


class MacroF1(tf.keras.metrics.Metric):
    def __init__(self, num_classes, name="macro_f1", **kwargs):
        super().__init__(name=name, **kwargs)
        self.num_classes = num_classes
        self.matrix = self.add_weight(
            name="matrix", shape=(num_classes, num_classes), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        found = tf.math.confusion_matrix(
            tf.reshape(y_true, [-1]), tf.argmax(y_pred, axis=-1),
            num_classes=self.num_classes, dtype=tf.float32)
        self.matrix.assign_add(found)

    def result(self):
        hits = tf.linalg.diag_part(self.matrix)
        predicted = tf.reduce_sum(self.matrix, axis=0)
        actual = tf.reduce_sum(self.matrix, axis=1)
        return tf.reduce_mean(tf.math.divide_no_nan(2 * hits, predicted + actual))

    def reset_state(self):
        self.matrix.assign(tf.zeros_like(self.matrix))
