import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset


class Sentences(Dataset):
    def __init__(self, texts, stoi, unk="<unk>"):
        self.rows = [torch.tensor([stoi.get(w, stoi[unk]) for w in t.split()]) for t in texts]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, idx):
        return self.rows[idx]


def collate(rows, pad_id=0):
    """Longest first, as pack_padded_sequence likes it."""
    rows = sorted(rows, key=len, reverse=True)
    lengths = torch.tensor([len(r) for r in rows])
    return pad_sequence(rows, batch_first=True, padding_value=pad_id), lengths


stoi = {"<pad>": 0, "<unk>": 1, "a": 2, "b": 3}
loader = DataLoader(Sentences(["a b a", "b", "a c"], stoi), batch_size=2, collate_fn=collate)
for ids, lengths in loader:
    print(ids.tolist(), lengths.tolist())
