import paddle
import paddle.nn.functional as F


def hinge_d(real_score, fake_score):
    return F.relu(1.0 - real_score).mean() + F.relu(1.0 + fake_score).mean()


def train_gan(gen, dis, loader, z_size, epochs=1, n_critic=1):
    """Hinge version; the discriminator is updated n_critic times per generator update."""
    g_opt = paddle.optimizer.Adam(1e-4, beta1=0.0, beta2=0.9, parameters=gen.parameters())
    d_opt = paddle.optimizer.Adam(4e-4, beta1=0.0, beta2=0.9, parameters=dis.parameters())
    for _ in range(epochs):
        for i, real in enumerate(loader):
            z = paddle.randn([real.shape[0], z_size])
            d_loss = hinge_d(dis(real), dis(gen(z).detach()))
            d_loss.backward()
            d_opt.step()
            d_opt.clear_grad()

            if (i + 1) % n_critic:
                continue
            g_loss = -dis(gen(paddle.randn([real.shape[0], z_size]))).mean()
            g_loss.backward()
            g_opt.step()
            g_opt.clear_grad()
            d_opt.clear_grad()  # the generator's pass left gradients there too
