import paddle
from paddle.optimizer.lr import CosineAnnealingDecay, LinearWarmup


def build_optimizer(model, args):
    cosine = CosineAnnealingDecay(learning_rate=args["lr"], T_max=args["max_steps"] - args["warmup"])
    scheduler = LinearWarmup(
        learning_rate=cosine, warmup_steps=args["warmup"], start_lr=args["lr"] * 1e-2, end_lr=args["lr"])
    optimizer = paddle.optimizer.Momentum(
        learning_rate=scheduler, momentum=0.9, parameters=model.parameters(), weight_decay=1e-4)
    return optimizer, scheduler


if __name__ == "__main__":
    net = paddle.nn.Linear(2, 2)
    optimizer, scheduler = build_optimizer(net, {"lr": 0.1, "warmup": 20, "max_steps": 200})
    for step in range(200):
        loss = net(paddle.randn([8, 2])).square().mean()
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
        scheduler.step()
        if step % 20 == 0:
            print(step, optimizer.get_lr())
