import torch
import torch.nn.functional as F
from torch.amp import GradScaler, autocast


def train_amp(model, loader, optimizer, device="cuda", dtype=torch.float16, clip=1.0):
    scaler = GradScaler(device, enabled=dtype is torch.float16)
    for images, labels in loader:
        images = images.to(device, non_blocking=True)
        labels = labels.to(device, non_blocking=True)
        optimizer.zero_grad(set_to_none=True)
        with autocast(device_type=device, dtype=dtype):
            loss = F.cross_entropy(model(images), labels)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)  # so that the clipping threshold means what it says
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        scaler.step(optimizer)
        scaler.update()
