import numpy as np
from paddle.vision import transforms as T


class GaussianNoise(T.BaseTransform):
    def __init__(self, sigma=8.0, prob=0.3, keys=None):
        super().__init__(keys)
        self.sigma, self.prob = sigma, prob

    def _apply_image(self, img):
        if np.random.rand() > self.prob:
            return img
        img = np.asarray(img, dtype="float32")
        img = img + np.random.normal(0, self.sigma, img.shape)
        return np.clip(img, 0, 255).astype("uint8")


def get_transforms(mode, size=224):
    if mode != "train":
        return T.Compose([T.Resize(size), T.CenterCrop(size), T.ToTensor()])
    return T.Compose([
        T.RandomResizedCrop(size),
        T.RandomHorizontalFlip(0.5),
        T.ColorJitter(0.3, 0.3, 0.3, 0.1),
        T.RandomRotation(10),
        GaussianNoise(),
        T.ToTensor(),
    ])
