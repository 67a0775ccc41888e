from mxnet import gluon
from mxnet.gluon.data.vision import transforms as T

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

train_tf = T.Compose([
    T.RandomResizedCrop(224, scale=(0.2, 1.0), ratio=(3 / 4, 4 / 3)),
    T.RandomFlipLeftRight(),
    T.RandomColorJitter(brightness=0.4, contrast=0.4, saturation=0.4),
    T.RandomLighting(0.1),
    T.ToTensor(),
    T.Normalize(MEAN, STD),
])

test_tf = T.Compose([T.Resize(256), T.CenterCrop(224), T.ToTensor(), T.Normalize(MEAN, STD)])


def augmented_loader(dataset, batch_size, train=True, workers=4):
    dataset = dataset.transform_first(train_tf if train else test_tf)
    return gluon.data.DataLoader(dataset, batch_size=batch_size, shuffle=train, num_workers=workers,
                                 last_batch='discard' if train else 'keep')
