"""Training data and training of the encoder and the cross-encoder."""
