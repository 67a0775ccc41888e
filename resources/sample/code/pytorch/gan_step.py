import torch
from torch import nn

bce = nn.BCEWithLogitsLoss()


def discriminator_loss(D, real, fake):
    real_logit, fake_logit = D(real), D(fake.detach())
    # one-sided smoothing keeps the discriminator from becoming too sure
    return bce(real_logit, torch.full_like(real_logit, 0.9)) + bce(fake_logit, torch.zeros_like(fake_logit))


def gan_step(G, D, opt_g, opt_d, real, z_dim):
    z = torch.randn(real.size(0), z_dim, device=real.device)
    fake = G(z)

    opt_d.zero_grad()
    d_loss = discriminator_loss(D, real, fake)
    d_loss.backward()
    opt_d.step()

    opt_g.zero_grad()
    fooled = D(fake)
    g_loss = bce(fooled, torch.ones_like(fooled))
    g_loss.backward()
    opt_g.step()
    return d_loss.item(), g_loss.item()
