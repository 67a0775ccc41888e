import torch
from torch import nn
from torchvision import models


def pet_classifier(num_classes: int, unfreeze_last: bool = False) -> nn.Module:
    net = models.resnet18(weights=models.ResNet18_Weights.DEFAULT)
    for p in net.parameters():
        p.requires_grad = False
    if unfreeze_last:
        for p in net.layer4.parameters():
            p.requires_grad = True
    net.fc = nn.Linear(net.fc.in_features, num_classes)
    return net


def optimizer_for(net, lr=1e-3):
    """The fresh head learns ten times faster than what was pretrained."""
    head = list(net.fc.parameters())
    body = [p for n, p in net.named_parameters() if p.requires_grad and not n.startswith("fc.")]
    groups = [{"params": head, "lr": lr}]
    if body:
        groups.append({"params": body, "lr": lr / 10})
    return torch.optim.AdamW(groups)
