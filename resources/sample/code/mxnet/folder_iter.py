from mxnet import gluon, image
from mxnet.gluon.data.vision import ImageFolderDataset, transforms


def preprocess(edge):
    return transforms.Compose([
        transforms.Resize(edge, keep_ratio=True),
        transforms.CenterCrop(edge),
        transforms.ToTensor(),
    ])


def folder_iter(path, edge=128, batch_size=16, shuffle=True, num_workers=2):
    pictures = ImageFolderDataset(path, flag=1)
    print('found %d pictures in %d classes' % (len(pictures), len(pictures.synsets)))
    return gluon.data.DataLoader(
        pictures.transform_first(preprocess(edge)),
        batch_size=batch_size, shuffle=shuffle, last_batch='rollover', num_workers=num_workers)


def read_one(filename, edge=128):
    """for inference on a single file"""
    return preprocess(edge)(image.imread(filename)).expand_dims(0)
