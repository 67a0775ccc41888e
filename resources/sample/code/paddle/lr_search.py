import paddle
from paddle.optimizer.lr import LambdaDecay


def lr_search(build_model, loader, criterion, low=1e-5, high=1e-1, num_iter=100, divergence=3.0):
    """A fresh model is trained once through the range; pick a value before the minimum."""
    model = build_model()
    ratio = high / low
    schedule = LambdaDecay(low, lambda it: ratio ** (it / num_iter))
    optimizer = paddle.optimizer.Adam(schedule, parameters=model.parameters())
    history = {"lr": [], "loss": []}
    it = 0
    while it < num_iter:
        for feature, label in loader:
            loss = criterion(model(feature), label)
            history["lr"].append(optimizer.get_lr())
            history["loss"].append(loss.item())
            if loss.item() > divergence * min(history["loss"]):
                return history
            loss.backward()
            optimizer.step()
            optimizer.clear_grad()
            schedule.step()
            it += 1
            if it >= num_iter:
                break
    return history
