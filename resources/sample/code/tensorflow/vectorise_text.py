import re
import string

import tensorflow as tf

PUNCT = "[%s]" % re.escape(string.punctuation)


@tf.keras.utils.register_keras_serializable()
def clean(text):
    text = tf.strings.lower(text)
    text = tf.strings.regex_replace(text, "<br />", " ")
    return tf.strings.regex_replace(text, PUNCT, "")


def fit_vectoriser(dataset, max_tokens=20_000, length=200):
    """dataset yields (text, label); only the texts are read."""
    layer = tf.keras.layers.TextVectorization(
        max_tokens=max_tokens, standardize=clean, output_mode="int", output_sequence_length=length)
    layer.adapt(dataset.map(lambda text, _: text).batch(256))
    return layer


def index_dataset(dataset, layer, batch=32):
    return dataset.batch(batch).map(lambda text, y: (layer(text), y)).prefetch(tf.data.AUTOTUNE)
