import paddle


class ManualAdam:
    """First and second moment estimates kept per parameter name."""

    def __init__(self, parameters, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.parameters = [p for p in parameters if not p.stop_gradient]
        self.lr, self.b1, self.b2, self.eps = learning_rate, beta1, beta2, epsilon
        self.moment1 = {p.name: paddle.zeros_like(p) for p in self.parameters}
        self.moment2 = {p.name: paddle.zeros_like(p) for p in self.parameters}
        self.steps = 0

    @paddle.no_grad()
    def step(self):
        self.steps += 1
        for p in self.parameters:
            grad = p.grad
            if grad is None:
                continue
            self.moment1[p.name] = m = self.b1 * self.moment1[p.name] + (1 - self.b1) * grad
            self.moment2[p.name] = v = self.b2 * self.moment2[p.name] + (1 - self.b2) * grad * grad
            m = m / (1 - self.b1 ** self.steps)
            v = v / (1 - self.b2 ** self.steps)
            p.set_value(p - self.lr * m / (paddle.sqrt(v) + self.eps))

    def clear_grad(self):
        for p in self.parameters:
            p.clear_gradient()
