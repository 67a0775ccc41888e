from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

EXTENSIONS = {".jpg", ".jpeg", ".png"}


class FolderImages(Dataset):
    """root/<class name>/<anything>.jpg"""

    def __init__(self, root, size=224):
        self.root, self.size = Path(root), size
        self.classes = sorted(d.name for d in self.root.iterdir() if d.is_dir())
        self.items = [
            (f, label)
            for label, name in enumerate(self.classes)
            for f in sorted((self.root / name).rglob("*"))
            if f.suffix.lower() in EXTENSIONS
        ]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        file, label = self.items[i]
        img = Image.open(file).convert("RGB").resize((self.size, self.size))
        x = torch.from_numpy(np.array(img)).permute(2, 0, 1).float() / 255
        return x, label


def make_loader(root, batch_size=32, workers=4):
    return DataLoader(FolderImages(root), batch_size, shuffle=True, num_workers=workers, pin_memory=True)
