import paddle
import paddle.nn as nn
import paddle.nn.functional as F


class PtbLm(nn.Layer):
    def __init__(self, vocab, hidden_size=200, num_layers=2, init_scale=0.1, dropout=0.2):
        super().__init__()
        uniform = nn.initializer.Uniform(-init_scale, init_scale)
        self.emb = nn.Embedding(vocab, hidden_size, weight_attr=paddle.ParamAttr(initializer=uniform))
        self.lstm = nn.LSTM(hidden_size, hidden_size, num_layers=num_layers, dropout=dropout)
        self.fc = nn.Linear(hidden_size, vocab)

    def forward(self, tokens, init_states=None):
        rnn_out, states = self.lstm(self.emb(tokens), init_states)
        return self.fc(rnn_out), states


def train_one_pass(model, optimizer, reader):
    model.train()
    states, losses = None, []
    for tokens, next_tokens in reader:
        logits, states = model(tokens, states)
        states = [s.detach() for s in states]  # cut the graph between the pieces
        loss = F.cross_entropy(logits, next_tokens.unsqueeze(-1))
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
        losses.append(float(loss))
    return sum(losses) / len(losses)
