import tensorflow as tf
from tensorflow import keras


def train_with_patience(build, x, y, val_fraction=0.2, patience=8, log_file="history.csv"):
    model = build()
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)],
    )
    callbacks = [
        keras.callbacks.EarlyStopping(
            monitor="val_loss", patience=patience, min_delta=1e-4, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=patience // 2),
        keras.callbacks.CSVLogger(log_file),
    ]
    history = model.fit(
        x, y, validation_split=val_fraction, epochs=500, batch_size=64,
        callbacks=callbacks, verbose=0)
    stopped = len(history.history["loss"])
    tf.print("stopped after", stopped, "epochs, best", min(history.history["val_loss"]))
    return model
