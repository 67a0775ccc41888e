import torch
from torch.optim.lr_scheduler import MultiStepLR


def run(model, loader, epochs=90, drops=(30, 60, 80)):
    loss_fn = torch.nn.CrossEntropyLoss()
    opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    scheduler = MultiStepLR(opt, milestones=list(drops), gamma=0.1)
    for epoch in range(epochs):
        for x, y in loader:
            opt.zero_grad(set_to_none=True)
            loss_fn(model(x), y).backward()
            opt.step()
        scheduler.step()
        if epoch + 1 in drops:
            print(f"epoch {epoch + 1}: learning rate now {scheduler.get_last_lr()[0]:g}")
    return opt
