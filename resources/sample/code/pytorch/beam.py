import torch


@torch.no_grad()
def beam_search(step_fn, bos, eos, width=4, max_len=50, alpha=0.6):
    """step_fn(ids: (n, t)) -> next-token logits (n, vocab). Returns the best hypothesis."""
    beams = torch.tensor([[bos]])
    scores = torch.zeros(1)
    finished = []
    for _ in range(max_len):
        logp = torch.log_softmax(step_fn(beams), dim=-1)
        total = scores[:, None] + logp
        scores, flat = total.view(-1).topk(min(width, total.numel()))
        parent = flat.div(logp.size(1), rounding_mode="floor")
        token = flat % logp.size(1)
        beams = torch.cat([beams[parent], token[:, None]], dim=1)

        done = token == eos
        for ids, s in zip(beams[done], scores[done]):
            penalty = ((5 + len(ids)) / 6) ** alpha
            finished.append((s.item() / penalty, ids.tolist()))
        beams, scores = beams[~done], scores[~done]
        if len(finished) >= width or not len(beams):
            break
    if not finished:
        return beams[scores.argmax()].tolist()
    return max(finished)[1]
