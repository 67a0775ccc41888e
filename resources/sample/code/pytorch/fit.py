import copy

import torch


def run_epoch(model, loader, loss_fn, optimizer=None):
    training = optimizer is not None
    model.train(training)
    total, count = 0.0, 0
    with torch.set_grad_enabled(training):
        for x, y in loader:
            loss = loss_fn(model(x), y)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
    return total / count


def fit(model, train_loader, val_loader, loss_fn, optimizer, max_epochs=100, patience=5):
    best, best_state, waited = float("inf"), None, 0
    for epoch in range(max_epochs):
        train_loss = run_epoch(model, train_loader, loss_fn, optimizer)
        val_loss = run_epoch(model, val_loader, loss_fn)
        print(f"{epoch:3d}  train {train_loss:.4f}  val {val_loss:.4f}")
        if val_loss < best - 1e-4:
            best, waited = val_loss, 0
            best_state = copy.deepcopy(model.state_dict())
        else:
            waited += 1
            if waited >= patience:
                break
    model.load_state_dict(best_state)
    return best
