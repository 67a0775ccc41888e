import tensorflow as tf


class AverageWeights(tf.keras.callbacks.Callback):
    """Evaluate and save with averaged weights, go on training with the raw ones."""

    def __init__(self, decay=0.99):
        super().__init__()
        self.decay = decay
        self.average = None

    def on_train_begin(self, logs=None):
        self.average = [tf.Variable(w) for w in self.model.weights]

    def on_train_batch_end(self, batch, logs=None):
        for avg, w in zip(self.average, self.model.weights):
            avg.assign_sub((1.0 - self.decay) * (avg - tf.cast(w, avg.dtype)))

    def swap(self):
        for avg, w in zip(self.average, self.model.weights):
            keep = tf.identity(w)
            w.assign(avg)
            avg.assign(keep)

    on_test_begin = lambda self, logs=None: self.average and self.swap()
    on_test_end = lambda self, logs=None: self.average and self.swap()
