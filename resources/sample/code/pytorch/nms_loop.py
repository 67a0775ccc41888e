import torch


def suppress(boxes: torch.Tensor, scores: torch.Tensor, thresh: float = 0.5) -> torch.Tensor:
    """Greedy NMS; indices of what is kept, best score first."""
    x1, y1, x2, y2 = boxes.unbind(1)
    areas = (x2 - x1) * (y2 - y1)
    order = scores.argsort(descending=True)
    kept = []
    while order.numel():
        top, rest = order[0], order[1:]
        kept.append(top)
        w = torch.minimum(x2[top], x2[rest]) - torch.maximum(x1[top], x1[rest])
        h = torch.minimum(y2[top], y2[rest]) - torch.maximum(y1[top], y1[rest])
        inter = w.clamp(min=0) * h.clamp(min=0)
        iou = inter / (areas[top] + areas[rest] - inter)
        order = rest[iou <= thresh]
    return torch.stack(kept) if kept else order


def suppress_per_class(boxes, scores, classes, thresh=0.5):
    offset = classes.to(boxes) * (boxes.max() + 1)  # far apart, so classes never overlap
    return suppress(boxes + offset[:, None], scores, thresh)
