import torch


@torch.inference_mode()
def generate(model, src, src_mask, bos_id, eos_id, max_new=64):
    """Greedy translation with an encoder-decoder. src: (batch, length)."""
    model.eval()
    memory = model.encode(src, src_mask)
    out = src.new_full((src.size(0), 1), bos_id)
    finished = torch.zeros(src.size(0), dtype=torch.bool, device=src.device)
    for _ in range(max_new):
        logits = model.decode(out, memory, src_mask)[:, -1]
        nxt = logits.argmax(-1)
        nxt = torch.where(finished, torch.full_like(nxt, eos_id), nxt)
        out = torch.cat([out, nxt.unsqueeze(1)], dim=1)
        finished |= nxt == eos_id
        if finished.all():
            break
    return out[:, 1:]
