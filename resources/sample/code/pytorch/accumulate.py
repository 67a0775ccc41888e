import torch
from torch import nn


def train_epoch_accumulated(model: nn.Module, loader, optimizer, micro_steps: int = 8):
    """One optimizer step per `micro_steps` batches; the effective batch is that much larger."""
    criterion = nn.CrossEntropyLoss()
    model.train()
    optimizer.zero_grad()
    for i, (inputs, targets) in enumerate(loader, start=1):
        loss = criterion(model(inputs), targets)
        (loss / micro_steps).backward()  # gradients add up in .grad
        if i % micro_steps == 0 or i == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return loss.item()
