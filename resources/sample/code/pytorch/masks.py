import torch


def subsequent(size, device=None):
    """(1, size, size), True where attention is allowed."""
    return torch.ones(size, size, dtype=torch.bool, device=device).tril().unsqueeze(0)


def decoder_mask(tokens, pad_id):
    # tokens: (batch, length)
    not_pad = (tokens != pad_id).unsqueeze(1)  # (batch, 1, length): hides columns
    return not_pad & subsequent(tokens.size(1), tokens.device)


def encoder_mask(tokens, pad_id):
    return (tokens != pad_id)[:, None, :]


ids = torch.tensor([[5, 6, 7, 0, 0], [8, 9, 4, 3, 2]])
print(decoder_mask(ids, 0)[0].int())
