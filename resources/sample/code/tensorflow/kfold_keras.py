import numpy as np
import tensorflow as tf


def build_net(width):
    net = tf.keras.Sequential([
        tf.keras.layers.Input((width,)),
        tf.keras.layers.Dense(64, activation="relu"),
        tf.keras.layers.Dense(64, activation="relu"),
        tf.keras.layers.Dense(1),
    ])
    net.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
    return net


def kfold_mae(x, y, k=4, epochs=100, batch_size=16):
    chunk = len(x) // k
    all_scores = []
    for fold in range(k):
        lo, hi = fold * chunk, (fold + 1) * chunk
        keep = np.r_[0:lo, hi:len(x)]
        mean, std = x[keep].mean(axis=0), x[keep].std(axis=0)  # from the training part only
        net = build_net(x.shape[1])
        net.fit((x[keep] - mean) / std, y[keep], epochs=epochs, batch_size=batch_size, verbose=0)
        _, mae = net.evaluate((x[lo:hi] - mean) / std, y[lo:hi], verbose=0)
        all_scores.append(mae)
        tf.keras.backend.clear_session()
    return np.mean(all_scores), all_scores
