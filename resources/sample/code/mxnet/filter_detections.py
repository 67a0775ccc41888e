from mxnet import nd


def iou(one, many):
    return nd.contrib.box_iou(one.reshape((1, 4)), many, format='corner')[0]


def filter_detections(corners, conf, max_overlap=.5, min_conf=.01):
    """Plain version: sort by confidence, walk down the list, skip what is already covered."""
    order = conf.argsort(is_ascend=False)
    picked = []
    for idx in order.asnumpy().astype('int32'):
        if conf[int(idx)].asscalar() < min_conf:
            break
        if picked:
            chosen = corners.take(nd.array(picked))
            if iou(corners[int(idx)], chosen).max().asscalar() > max_overlap:
                continue
        picked.append(int(idx))
    return picked


def fast_filter(rows, max_overlap=.5):
    """rows: (batch, n, 6) of class id, score and corners; suppressed rows become -1"""
    return nd.contrib.box_nms(rows, overlap_thresh=max_overlap, valid_thresh=.01,
                              coord_start=2, score_index=1, id_index=0)
