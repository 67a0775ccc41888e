import math

from torch import nn


def init_module(m: nn.Module, gain: float = math.sqrt(2)) -> None:
    """For model.apply(): called once with every submodule."""
    if isinstance(m, nn.Conv2d):
        nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
    elif isinstance(m, nn.Linear):
        nn.init.orthogonal_(m.weight, gain)
    elif isinstance(m, (nn.BatchNorm2d, nn.LayerNorm)):
        nn.init.ones_(m.weight)
    elif isinstance(m, nn.LSTM):
        for name, p in m.named_parameters():
            if "weight" in name:
                nn.init.xavier_uniform_(p)
            else:
                nn.init.zeros_(p)
                p.data[m.hidden_size:2 * m.hidden_size] = 0.5  # forget gate
        return
    if getattr(m, "bias", None) is not None:
        nn.init.zeros_(m.bias)


model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.LazyLinear(10))
print(model[0].apply(init_module).weight.std())
