import tensorflow as tf


class AnchorMaker:
    """RetinaNet anchors on the pyramid levels 3 to 7, as (x, y, width, height)."""

    def __init__(self):
        self.ratios = [0.5, 1.0, 2.0]
        self.scales = [2 ** x for x in (0, 1 / 3, 2 / 3)]
        self.strides = [2 ** level for level in range(3, 8)]
        self.areas = [float(x) ** 2 for x in (32, 64, 128, 256, 512)]

    def dims(self, area):
        out = []
        for ratio in self.ratios:
            height = tf.sqrt(area / ratio)
            out += [tf.stack([area / height, height]) * s for s in self.scales]
        return tf.stack(out)

    def level(self, rows, cols, stride, area):
        x = (tf.range(cols, dtype=tf.float32) + 0.5) * stride
        y = (tf.range(rows, dtype=tf.float32) + 0.5) * stride
        centres = tf.stack(tf.meshgrid(x, y), axis=-1)[:, :, None, :]
        centres = tf.tile(centres, [1, 1, 9, 1])
        dims = tf.broadcast_to(self.dims(area), [rows, cols, 9, 2])
        return tf.reshape(tf.concat([centres, dims], axis=-1), [-1, 4])

    def __call__(self, height, width):
        levels = [self.level(-(-height // s), -(-width // s), float(s), a)
                  for s, a in zip(self.strides, self.areas)]
        return tf.concat(levels, axis=0)
