import paddle

paddle.seed(42)
size = paddle.uniform([200, 1], min=20.0, max=200.0)
price = size * 3.2 + 40.0 + paddle.randn([200, 1]) * 5

# scale the input, or the step size has to be tiny
mu, sigma = size.mean(), size.std()
area = (size - mu) / sigma

w = paddle.create_parameter([1, 1], "float32")
b = paddle.create_parameter([1], "float32", is_bias=True)
alpha = 0.1

for it in range(300):
    guess = paddle.matmul(area, w) + b
    cost = paddle.mean((guess - price) ** 2) / 2
    cost.backward()
    with paddle.no_grad():
        w.set_value(w - alpha * w.grad)
        b.set_value(b - alpha * b.grad)
    w.clear_gradient()
    b.clear_gradient()

print("price per square metre:", (w / sigma).item())
