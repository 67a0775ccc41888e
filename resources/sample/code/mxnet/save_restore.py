import json
import os

import mxnet as mx


def snapshot(folder, net, trainer, epoch, best):
    os.makedirs(folder, exist_ok=True)
    net.save_parameters(os.path.join(folder, 'net.params'))
    trainer.save_states(os.path.join(folder, 'trainer.states'))
    with open(os.path.join(folder, 'progress.json'), 'w') as f:
        json.dump({'epoch': epoch, 'best': best}, f)


def restore(folder, net, trainer, ctx=mx.cpu()):
    progress = os.path.join(folder, 'progress.json')
    if not os.path.isfile(progress):
        return {'epoch': 0, 'best': None}
    net.load_parameters(os.path.join(folder, 'net.params'), ctx=ctx)
    trainer.load_states(os.path.join(folder, 'trainer.states'))
    with open(progress) as f:
        return json.load(f)
