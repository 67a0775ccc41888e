import tensorflow as tf
from tensorflow.keras import layers


def training_pairs(sequence, vocab_size, window=2, num_ns=4):
    table = tf.keras.preprocessing.sequence.make_sampling_table(vocab_size)
    couples, _ = tf.keras.preprocessing.sequence.skipgrams(
        sequence, vocab_size, window_size=window, negative_samples=0, sampling_table=table)
    for target, context in couples:
        true = tf.constant([[context]], tf.int64)
        negatives, _, _ = tf.random.log_uniform_candidate_sampler(
            true_classes=true, num_true=1, num_sampled=num_ns, unique=True, range_max=vocab_size)
        yield target, tf.concat([true[0], negatives], 0), [1] + [0] * num_ns


class Word2Vec(tf.keras.Model):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.target_embedding = layers.Embedding(vocab_size, dim)
        self.context_embedding = layers.Embedding(vocab_size, dim)

    def call(self, pair):
        target, context = pair  # (batch,), (batch, 1 + num_ns)
        word = self.target_embedding(target)
        return tf.einsum("be,bce->bc", word, self.context_embedding(context))


def compile_word2vec(vocab_size, dim=128):
    model = Word2Vec(vocab_size, dim)
    model.compile("adam", loss=tf.keras.losses.CategoricalCrossentropy(from_logits=True))
    return model
