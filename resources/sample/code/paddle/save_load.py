import os

import paddle


def save(net, opt, epoch, output="output"):
    prefix = os.path.join(output, str(epoch), "net")
    paddle.save(net.state_dict(), prefix + ".pdparams")
    paddle.save(opt.state_dict(), prefix + ".pdopt")
    print("saved to", prefix)


def last_epoch(output):
    done = [int(d) for d in os.listdir(output) if d.isdigit()] if os.path.isdir(output) else []
    return max(done, default=-1)


def load(net, opt, output="output"):
    epoch = last_epoch(output)
    if epoch >= 0:
        prefix = os.path.join(output, str(epoch), "net")
        net.set_state_dict(paddle.load(prefix + ".pdparams"))
        opt.set_state_dict(paddle.load(prefix + ".pdopt"))
    return epoch + 1
