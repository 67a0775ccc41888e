import tensorflow as tf


class Session:
    """Keeps the three newest checkpoints and continues from the last one."""

    def __init__(self, model, optimizer, directory):
        self.epoch = tf.Variable(0, dtype=tf.int64)
        self.ckpt = tf.train.Checkpoint(model=model, optimizer=optimizer, epoch=self.epoch)
        self.manager = tf.train.CheckpointManager(self.ckpt, directory, max_to_keep=3)

    def restore(self):
        latest = self.manager.latest_checkpoint
        if latest:
            self.ckpt.restore(latest).expect_partial()
            print("continuing from", latest)
        return int(self.epoch)

    def save(self):
        self.epoch.assign_add(1)
        return self.manager.save(checkpoint_number=self.epoch)
