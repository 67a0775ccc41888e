import tensorflow as tf


class Translator(tf.Module):
    def __init__(self, transformer, start, end, max_tokens=128):
        super().__init__()
        self.transformer = transformer
        self.start, self.end, self.max_tokens = start, end, max_tokens

    def __call__(self, source):
        written = tf.TensorArray(tf.int64, size=0, dynamic_size=True)
        written = written.write(0, [tf.cast(self.start, tf.int64)])
        for i in tf.range(self.max_tokens):
            prefix = tf.transpose(written.stack())
            predictions = self.transformer((source, prefix), training=False)
            best = tf.argmax(predictions[:, -1, :], axis=-1)
            written = written.write(i + 1, best)
            if best[0] == self.end:
                break
        return tf.transpose(written.stack())
