import numpy as np
from mxnet import gluon, nd


def pad_batchify(samples):
    """[(ids, label), ...] -> data (N, Tmax), valid length (N,), label (N,)"""
    lens = [len(ids) for ids, _ in samples]
    data = np.zeros((len(samples), max(lens)), dtype='int32')
    for i, (ids, _) in enumerate(samples):
        data[i, :lens[i]] = ids
    return (nd.array(data, dtype='int32'), nd.array(lens),
            nd.array([label for _, label in samples]))


class ReviewData(gluon.data.SimpleDataset):
    def __init__(self, tokenised, word_to_id, max_len=250):
        rows = []
        for words, label in tokenised:
            ids = [word_to_id[w] for w in words[:max_len] if w in word_to_id]
            rows.append((np.array(ids or [0]), label))
        super().__init__(rows)


def get_loader(dataset, batch_size):
    return gluon.data.DataLoader(dataset, batch_size, shuffle=True, batchify_fn=pad_batchify)
