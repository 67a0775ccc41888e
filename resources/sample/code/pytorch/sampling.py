import torch
from torch import Tensor


def truncate_logits(logits: Tensor, top_k: int = 0, top_p: float = 1.0) -> Tensor:
    if top_k > 0:
        kth = logits.topk(min(top_k, logits.size(-1))).values[..., -1:]
        logits = logits.masked_fill(logits < kth, -torch.inf)
    if top_p < 1.0:
        ordered, idx = logits.sort(descending=True)
        cum = ordered.softmax(-1).cumsum(-1)
        drop = cum - ordered.softmax(-1) > top_p  # keeps the token that crosses the border
        ordered = ordered.masked_fill(drop, -torch.inf)
        logits = torch.empty_like(logits).scatter_(-1, idx, ordered)
    return logits


def sample_next(logits: Tensor, temperature: float = 1.0, **limits) -> Tensor:
    if temperature == 0:
        return logits.argmax(-1, keepdim=True)
    probs = truncate_logits(logits / temperature, **limits).softmax(-1)
    return torch.multinomial(probs, num_samples=1)
