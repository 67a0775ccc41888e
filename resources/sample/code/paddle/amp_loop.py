import paddle
import paddle.nn.functional as F


class AmpRunner:
    def __init__(self, model, lr=0.1, level="O1"):
        self.level = level
        self.optimizer = paddle.optimizer.Momentum(lr, parameters=model.parameters())
        self.model = model
        if level == "O2":
            self.model, self.optimizer = paddle.amp.decorate(model, self.optimizer, level="O2")
        self.scaler = paddle.amp.GradScaler(init_loss_scaling=1024)

    def step(self, x, y):
        with paddle.amp.auto_cast(level=self.level, custom_black_list={"softmax_with_cross_entropy"}):
            loss = F.cross_entropy(self.model(x), y)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.clear_grad()
        return float(loss)
