import tensorflow as tf


def make_windows(text, length=100, batch=64):
    chars = sorted(set(text))
    lookup = tf.keras.layers.StringLookup(vocabulary=chars, mask_token=None)
    ids = lookup(tf.strings.unicode_split(text, "UTF-8"))
    windows = tf.data.Dataset.from_tensor_slices(ids).batch(length + 1, drop_remainder=True)
    pairs = windows.map(lambda w: (w[:-1], w[1:]))
    return pairs.shuffle(1000).batch(batch, drop_remainder=True), lookup


def char_model(vocab_size, embedding=128, units=512):
    return tf.keras.Sequential([
        tf.keras.layers.Embedding(vocab_size, embedding),
        tf.keras.layers.LSTM(units, return_sequences=True),
        tf.keras.layers.Dropout(0.2),
        tf.keras.layers.Dense(vocab_size),
    ])


def train(text, epochs=10):
    data, lookup = make_windows(text)
    model = char_model(lookup.vocabulary_size())
    model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(data, epochs=epochs)
    return model, lookup
