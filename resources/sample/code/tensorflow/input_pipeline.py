import os

import tensorflow as tf

AUTOTUNE = tf.data.AUTOTUNE


def decode(path, label, side):
    image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
    image = tf.image.resize(image, [side, side])
    return image / 255.0, label


def images_from_directory(root, side=160, batch=64, seed=1):
    names = sorted(n for n in os.listdir(root) if os.path.isdir(os.path.join(root, n)))
    paths, labels = [], []
    for index, name in enumerate(names):
        found = tf.io.gfile.glob(os.path.join(root, name, "*.jpg"))
        paths += found
        labels += [index] * len(found)

    ds = tf.data.Dataset.from_tensor_slices((paths, labels))
    ds = ds.shuffle(len(paths), seed=seed)
    ds = ds.map(lambda p, y: decode(p, y, side), num_parallel_calls=AUTOTUNE)
    return ds.batch(batch).prefetch(AUTOTUNE), names
