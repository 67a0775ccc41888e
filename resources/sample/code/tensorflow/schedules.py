import math

import tensorflow as tf


class CosineWithWarmup(tf.keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak, warmup_steps, decay_steps, final=0.0):
        self.peak = peak
        self.warmup_steps = warmup_steps
        self.decay_steps = decay_steps
        self.final = final

    def __call__(self, step):
        step = tf.cast(step, tf.float32)
        ramp = self.peak * step / self.warmup_steps
        progress = tf.clip_by_value((step - self.warmup_steps) / self.decay_steps, 0.0, 1.0)
        curve = self.final + 0.5 * (self.peak - self.final) * (1.0 + tf.cos(math.pi * progress))
        return tf.where(step < self.warmup_steps, ramp, curve)

    def get_config(self):
        return {"peak": self.peak, "warmup_steps": self.warmup_steps,
                "decay_steps": self.decay_steps, "final": self.final}


optimizer = tf.keras.optimizers.Adam(CosineWithWarmup(1e-3, 500, 10_000))
