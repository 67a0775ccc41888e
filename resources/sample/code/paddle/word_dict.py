import collections

import paddle

PAD, UNK = "[PAD]", "[UNK]"


def read_words(filename):
    with open(filename, encoding="utf-8") as f:
        for line in f:
            yield line.strip().split()


def build_dict(filename, cutoff=5):
    freq = collections.defaultdict(int)
    for words in read_words(filename):
        for w in words:
            freq[w] += 1
    kept = sorted((w for w in freq if freq[w] > cutoff), key=lambda w: (-freq[w], w))
    return {w: i for i, w in enumerate([PAD, UNK] + kept)}


def save_dict(word_dict, path):
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(word_dict))


def to_ids(words, word_dict, max_seq_len):
    ids = [word_dict.get(w, word_dict[UNK]) for w in words][:max_seq_len]
    ids += [word_dict[PAD]] * (max_seq_len - len(ids))
    return paddle.to_tensor(ids, dtype="int64")
