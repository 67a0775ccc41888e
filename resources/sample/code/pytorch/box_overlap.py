import torch
from torch import Tensor


def area(boxes: Tensor) -> Tensor:
    """boxes: (..., 4) as x1, y1, x2, y2"""
    wh = (boxes[..., 2:] - boxes[..., :2]).clamp(min=0)
    return wh[..., 0] * wh[..., 1]


def overlap_matrix(a: Tensor, b: Tensor, generalised: bool = False) -> Tensor:
    lt = torch.maximum(a[:, None, :2], b[None, :, :2])
    rb = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    inter = area(torch.cat([lt, rb], dim=-1))
    union = area(a)[:, None] + area(b) - inter
    iou = inter / union
    if not generalised:
        return iou
    lt = torch.minimum(a[:, None, :2], b[None, :, :2])
    rb = torch.maximum(a[:, None, 2:], b[None, :, 2:])
    hull = area(torch.cat([lt, rb], dim=-1))
    return iou - (hull - union) / hull
