import tensorflow as tf


class BeamDecoder:
    def __init__(self, model, start_id, end_id, beam_size=5, max_steps=40):
        self.model = model  # (batch, t) int32 -> (batch, t, vocab)
        self.start_id, self.end_id = start_id, end_id
        self.beam_size, self.max_steps = beam_size, max_steps

    def __call__(self):
        k = self.beam_size
        sequences = tf.fill([k, 1], self.start_id)
        # only the first copy counts at the beginning, or all beams would be the same
        log_probs = tf.concat([[0.0], tf.fill([k - 1], -1e9)], axis=0)
        alive = tf.ones([k], tf.bool)
        for _ in range(self.max_steps):
            logits = self.model(sequences)[:, -1, :]
            vocab = logits.shape[-1]
            step = tf.nn.log_softmax(logits)
            frozen = tf.one_hot(self.end_id, vocab, on_value=0.0, off_value=-1e9)
            step = tf.where(alive[:, None], step, frozen[None, :])

            candidates = tf.reshape(log_probs[:, None] + step, [-1])
            log_probs, index = tf.math.top_k(candidates, k=k)
            origin, word = index // vocab, index % vocab
            sequences = tf.concat([tf.gather(sequences, origin), word[:, None]], axis=1)
            alive = tf.gather(alive, origin) & (word != self.end_id)
            if not tf.reduce_any(alive):
                break
        return sequences, log_probs
