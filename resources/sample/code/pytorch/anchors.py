import torch
from torch import nn


class AnchorGrid(nn.Module):
    def __init__(self, stride, scales=(1.0, 1.26, 1.59), ratios=(0.5, 1.0, 2.0), base=4):
        super().__init__()
        side = base * stride
        shapes = [(side * s * r ** 0.5, side * s / r ** 0.5) for s in scales for r in ratios]
        wh = torch.tensor(shapes)
        self.register_buffer("cell", torch.cat([-wh / 2, wh / 2], dim=1))  # around (0, 0)
        self.stride = stride

    def forward(self, feature):
        h, w = feature.shape[-2:]
        ys = (torch.arange(h, device=feature.device) + 0.5) * self.stride
        xs = (torch.arange(w, device=feature.device) + 0.5) * self.stride
        y, x = torch.meshgrid(ys, xs, indexing="ij")
        shift = torch.stack([x, y, x, y], dim=-1).view(-1, 1, 4)
        return (shift + self.cell).view(-1, 4)
