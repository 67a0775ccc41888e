import tensorflow as tf


def ragged_batches(token_ids, labels, batch_size=32, boundaries=(10, 20, 40), training=True):
    """Group examples of similar length so that little padding is wasted."""

    def gen():
        for ids, y in zip(token_ids, labels):
            yield ids, y

    signature = (
        tf.TensorSpec([None], tf.int32),
        tf.TensorSpec([], tf.int32),
    )
    data = tf.data.Dataset.from_generator(gen, output_signature=signature)
    if training:
        data = data.shuffle(4096)
    data = data.bucket_by_sequence_length(
        element_length_func=lambda ids, y: tf.shape(ids)[0],
        bucket_boundaries=list(boundaries),
        bucket_batch_sizes=[batch_size] * (len(boundaries) + 1),
    )
    return data.map(lambda ids, y: ((ids, tf.math.count_nonzero(ids, axis=1)), y))
