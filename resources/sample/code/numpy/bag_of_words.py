import re

import numpy as np


def split_words(doc):
    return re.findall(r"[a-z']+", doc.lower())


class CountVectors:
    def __init__(self, min_count=1):
        self.min_count = min_count

    def fit(self, docs):
        words = np.array([w for d in docs for w in split_words(d)])
        unique, counts = np.unique(words, return_counts=True)
        order = np.argsort(-counts, kind='stable')
        self.words = [unique[i] for i in order if counts[i] >= self.min_count]
        self.column = {w: j for j, w in enumerate(self.words)}
        return self

    def transform(self, docs):
        X = np.zeros((len(docs), len(self.words)), dtype=np.int32)
        for i, d in enumerate(docs):
            for w in split_words(d):
                if w in self.column:      # unknown words are dropped
                    X[i, self.column[w]] += 1
        return X


docs = ['the cat sat', 'the dog sat on the cat']
print(CountVectors().fit(docs).transform(docs))
