import numpy as np
import paddle
import paddle.nn as nn
import paddle.nn.functional as F


class Agent:
    def __init__(self, obs_dim, act_dim, lr=1e-3, gamma=0.99):
        self.model = nn.Sequential(nn.Linear(obs_dim, 64), nn.Tanh(), nn.Linear(64, act_dim), nn.Softmax())
        self.opt = paddle.optimizer.Adam(lr, parameters=self.model.parameters())
        self.gamma = gamma

    @paddle.no_grad()
    def sample(self, obs):
        prob = self.model(paddle.to_tensor(obs, dtype="float32").unsqueeze(0))[0].numpy()
        return int(np.random.choice(len(prob), p=prob / prob.sum()))

    def reward_to_go(self, rewards):
        rewards = np.array(rewards, dtype="float32")
        for t in range(len(rewards) - 2, -1, -1):
            rewards[t] += self.gamma * rewards[t + 1]
        return (rewards - rewards.mean()) / (rewards.std() + 1e-8)

    def learn(self, obs, actions, rewards):
        obs = paddle.to_tensor(np.array(obs), dtype="float32")
        prob = self.model(obs)
        taken = F.one_hot(paddle.to_tensor(actions), prob.shape[1])
        log_prob = paddle.log((prob * taken).sum(-1) + 1e-8)
        loss = -(log_prob * paddle.to_tensor(self.reward_to_go(rewards))).mean()
        loss.backward()
        self.opt.step()
        self.opt.clear_grad()
        return loss.item()
