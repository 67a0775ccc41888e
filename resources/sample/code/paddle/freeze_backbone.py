import paddle
from paddle import nn
from paddle.vision.models import mobilenet_v2


class Tuned(nn.Layer):
    def __init__(self, n_classes, pretrained=True):
        super().__init__()
        self.backbone = mobilenet_v2(pretrained=pretrained, num_classes=0, with_pool=True)
        for param in self.backbone.parameters():
            param.stop_gradient = True
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(1280, n_classes))

    def train(self):
        super().train()
        self.backbone.eval()  # frozen statistics as well

    def forward(self, x):
        return self.head(self.backbone(x))


def tune(dataset, n_classes, epochs=3):
    model = paddle.Model(Tuned(n_classes))
    adam = paddle.optimizer.Adam(1e-3, parameters=model.network.head.parameters())
    model.prepare(adam, nn.CrossEntropyLoss(), paddle.metric.Accuracy())
    model.fit(dataset, epochs=epochs, batch_size=32, verbose=1)
    return model
