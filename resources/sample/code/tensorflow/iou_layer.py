import tensorflow as tf


def to_corners(boxes):
    centre, size = boxes[..., :2], boxes[..., 2:]
    return tf.concat([centre - size / 2.0, centre + size / 2.0], axis=-1)


def compute_iou(predicted, truth):
    """Both [n, (x, y, width, height)]; result [n_predicted, n_truth]."""
    p, t = to_corners(predicted), to_corners(truth)
    upper_left = tf.maximum(p[:, None, :2], t[:, :2])
    lower_right = tf.minimum(p[:, None, 2:], t[:, 2:])
    extent = tf.maximum(lower_right - upper_left, 0.0)
    intersection = extent[:, :, 0] * extent[:, :, 1]
    areas_p = predicted[:, 2] * predicted[:, 3]
    areas_t = truth[:, 2] * truth[:, 3]
    union = tf.maximum(areas_p[:, None] + areas_t - intersection, 1e-8)
    return tf.clip_by_value(intersection / union, 0.0, 1.0)
