import tensorflow as tf


class LRSweep(tf.keras.callbacks.Callback):
    def __init__(self, start=1e-7, end=1.0, steps=200):
        super().__init__()
        self.rate, self.factor = start, (end / start) ** (1.0 / steps)
        self.lrs, self.losses = [], []

    def on_train_begin(self, logs=None):
        self.backup = self.model.get_weights()

    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate.assign(self.rate)

    def on_train_batch_end(self, batch, logs=None):
        loss = logs["loss"]
        self.lrs.append(self.rate)
        self.losses.append(loss)
        self.rate *= self.factor
        if loss > 5 * min(self.losses):
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        self.model.set_weights(self.backup)

    def steepest(self):
        slope = [b - a for a, b in zip(self.losses, self.losses[1:])]
        return self.lrs[slope.index(min(slope))]
