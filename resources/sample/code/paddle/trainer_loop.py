import os

import paddle


@paddle.no_grad()
def evaluate(model, criterion, loader):
    model.eval()
    losses = [float(criterion(model(feats), labels)) for feats, labels in loader]
    model.train()
    return sum(losses) / max(len(losses), 1)


def do_train(model, train_loader, dev_loader, save_dir, epochs=30, tolerance=3):
    criterion = paddle.nn.CrossEntropyLoss()
    optimizer = paddle.optimizer.AdamW(learning_rate=2e-4, parameters=model.parameters())
    best_file = os.path.join(save_dir, "best.pdparams")
    lowest, without_gain = None, 0
    for epoch in range(1, epochs + 1):
        for feats, labels in train_loader:
            loss = criterion(model(feats), labels)
            loss.backward()
            optimizer.step()
            optimizer.clear_grad()
        dev_loss = evaluate(model, criterion, dev_loader)
        if lowest is None or dev_loss < lowest:
            lowest, without_gain = dev_loss, 0
            paddle.save(model.state_dict(), best_file)
            continue
        without_gain += 1
        if without_gain == tolerance:
            print("dev loss has not improved for %d epochs" % tolerance)
            break
    model.set_state_dict(paddle.load(best_file))
