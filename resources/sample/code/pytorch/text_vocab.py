import re
from collections import Counter

import torch

WORD = re.compile(r"\w+|[^\w\s]")


class Lexicon:
    def __init__(self, texts, min_freq=2, max_size=None, specials=("<pad>", "<unk>", "<bos>", "<eos>")):
        counts = Counter(tok for t in texts for tok in WORD.findall(t.lower()))
        frequent = [w for w, c in counts.most_common(max_size) if c >= min_freq]
        self.itos = [*specials, *frequent]
        self.stoi = {w: i for i, w in enumerate(self.itos)}

    def __len__(self):
        return len(self.itos)

    def encode(self, text):
        unk = self.stoi["<unk>"]
        ids = [self.stoi.get(w, unk) for w in WORD.findall(text.lower())]
        return torch.tensor([self.stoi["<bos>"], *ids, self.stoi["<eos>"]])

    def decode(self, ids):
        return " ".join(self.itos[i] for i in ids if i > 3)


lex = Lexicon(["a cat and a dog", "a dog!"], min_freq=2)
print(len(lex), lex.encode("A cat, a dog"))
