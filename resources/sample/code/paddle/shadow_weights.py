import paddle


class ShadowWeights:
    def __init__(self, layer, decay=0.998):
        self._layer = layer
        self._decay = decay
        self._shadow, self._backup = {}, {}
        for name, param in layer.named_parameters():
            if not param.stop_gradient:
                self._shadow[name] = param.clone().detach()

    @paddle.no_grad()
    def update(self):
        for name, param in self._layer.named_parameters():
            if name in self._shadow:
                self._shadow[name] = self._decay * self._shadow[name] + (1.0 - self._decay) * param

    def apply(self):
        for name, param in self._layer.named_parameters():
            if name in self._shadow:
                self._backup[name] = param.clone().detach()
                param.set_value(self._shadow[name])

    def restore(self):
        for name, param in self._layer.named_parameters():
            if name in self._backup:
                param.set_value(self._backup.pop(name))
