import random

import torch
import torch.nn.functional as F


class TrainAugment:
    """Works on float images (3, H, W) in [0, 1], without torchvision."""

    def __init__(self, pad=4, flip=0.5, jitter=0.2, erase=0.25):
        self.pad, self.flip, self.jitter, self.erase = pad, flip, jitter, erase

    def crop(self, img):
        _, h, w = img.shape
        img = F.pad(img[None], [self.pad] * 4, mode="reflect")[0]
        top, left = random.randint(0, 2 * self.pad), random.randint(0, 2 * self.pad)
        return img[:, top:top + h, left:left + w]

    def colour(self, img):
        gain = 1 + self.jitter * (2 * torch.rand(3, 1, 1) - 1)
        return (img * gain).clamp(0, 1)

    def cutout(self, img):
        _, h, w = img.shape
        y, x = random.randrange(h), random.randrange(w)
        img = img.clone()
        img[:, max(0, y - h // 8):y + h // 8, max(0, x - w // 8):x + w // 8] = 0.5
        return img

    def __call__(self, img):
        img = self.colour(self.crop(img))
        if random.random() < self.flip:
            img = img.flip(-1)
        return self.cutout(img) if random.random() < self.erase else img
