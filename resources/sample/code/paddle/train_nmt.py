import paddle
import paddle.nn.functional as F


def shift(trg, bos_id):
    """<bos> + all but the last symbol"""
    start = paddle.full([trg.shape[0], 1], bos_id, dtype=trg.dtype)
    return paddle.concat([start, trg[:, :-1]], axis=1)


def sequence_loss(logits, label, pad_id):
    cost = F.cross_entropy(logits, label.unsqueeze(2), reduction="none").squeeze(2)
    weight = (label != pad_id).astype(cost.dtype)
    return (cost * weight).sum() / weight.sum()


def train_nmt(model, loader, epochs, lr=5e-4, bos_id=1, pad_id=0, log_every=50):
    clip = paddle.nn.ClipGradByGlobalNorm(5.0)
    optimizer = paddle.optimizer.Adam(lr, parameters=model.parameters(), grad_clip=clip)
    for epoch in range(epochs):
        model.train()
        for step, (src, trg) in enumerate(loader):
            logits = model(src, shift(trg, bos_id))
            loss = sequence_loss(logits, trg, pad_id)
            loss.backward()
            optimizer.step()
            optimizer.clear_grad()
            if step % log_every == 0:
                print(f"[{epoch}/{step}] loss {loss.item():.3f}")
