import os
import random

import numpy as np
from PIL import Image


def scan(folder):
    """-> list of (filename, class index) and the class names"""
    labels = sorted(next(os.walk(folder))[1])
    files = []
    for i, lab in enumerate(labels):
        sub = os.path.join(folder, lab)
        files.extend((os.path.join(sub, f), i) for f in os.listdir(sub) if not f.startswith('.'))
    return files, labels


def picture_batches(folder, batch_size, hw=(32, 32), shuffle=True):
    files, _ = scan(folder)
    if shuffle:
        random.shuffle(files)
    for s in range(0, len(files), batch_size):
        part = files[s:s + batch_size]
        x = np.empty((len(part), *hw, 3), dtype=np.float32)
        for row, (fname, _) in enumerate(part):
            with Image.open(fname) as im:
                x[row] = np.asarray(im.convert('RGB').resize(hw[::-1]))
        yield x / 127.5 - 1, np.array([y for _, y in part])
