from collections import Counter

from mxnet import gluon, nd


class Index:
    """Two-way map between symbols and integers. level: 'word' or 'char'."""

    def __init__(self, lines, level='word', at_least=1, reserved=('<pad>', '<unk>')):
        self.level = level
        seen = Counter()
        for line in lines:
            seen.update(self.pieces(line))
        kept = sorted((s for s in seen if seen[s] >= at_least), key=seen.get, reverse=True)
        self.symbols = list(reserved) + kept
        self.ids = dict(zip(self.symbols, range(len(self.symbols))))

    def pieces(self, line):
        return line.strip().lower().split() if self.level == 'word' else list(line)

    def __getitem__(self, piece):
        return self.ids.get(piece, 1)

    def numbers(self, line):
        return nd.array([self[p] for p in self.pieces(line)], dtype='int32')


def as_dataset(lines, labels, index):
    return gluon.data.SimpleDataset([(index.numbers(l), y) for l, y in zip(lines, labels)])
