import numpy as np
import paddle
from paddle.io import BatchSampler, DataLoader, Dataset


class TextDataset(Dataset):
    def __init__(self, examples):
        self.examples = examples  # list of lists of int

    def __getitem__(self, i):
        return self.examples[i]

    def __len__(self):
        return len(self.examples)


def pad_to_longest(batch, pad_value=0):
    longest = max(map(len, batch))
    ids = np.full([len(batch), longest], pad_value, dtype="int64")
    for row, seq in zip(ids, batch):
        row[: len(seq)] = seq
    seq_len = np.array([len(seq) for seq in batch], dtype="int64")
    return paddle.to_tensor(ids), paddle.to_tensor(seq_len)


def create_dataloader(examples, batch_size, mode="train"):
    ds = TextDataset(examples)
    sampler = BatchSampler(ds, batch_size=batch_size, shuffle=mode == "train")
    return DataLoader(ds, batch_sampler=sampler, collate_fn=pad_to_longest, return_list=True)
