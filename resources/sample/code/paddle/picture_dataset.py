import glob
import os

import numpy as np
from paddle.io import DataLoader, Dataset
from paddle.vision.transforms import Compose, Normalize, Resize, ToTensor
from PIL import Image


class PictureSet(Dataset):
    def __init__(self, data_dir, img_size=64):
        super().__init__()
        self.samples = []
        self.label_names = sorted(os.listdir(data_dir))
        for idx, label in enumerate(self.label_names):
            for fn in glob.glob(os.path.join(data_dir, label, "*.png")):
                self.samples.append((fn, idx))
        self.transform = Compose([
            Resize((img_size, img_size)),
            ToTensor(),  # [0, 255] HWC -> [0, 1] CHW
            Normalize(mean=[0.5] * 3, std=[0.5] * 3),
        ])

    def __getitem__(self, index):
        fn, label = self.samples[index]
        pixels = self.transform(Image.open(fn).convert("RGB"))
        return pixels, np.int64(label)

    def __len__(self):
        return len(self.samples)


def get_loader(data_dir, batch_size=32, train=True):
    return DataLoader(PictureSet(data_dir), batch_size=batch_size, shuffle=train, drop_last=train)
