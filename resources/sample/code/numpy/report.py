import numpy as np


def confusion(y_true, y_pred, labels):
    index = {lab: i for i, lab in enumerate(labels)}
    M = np.zeros((len(labels), len(labels)), dtype=int)
    np.add.at(M, ([index[t] for t in y_true], [index[p] for p in y_pred]), 1)
    return M


def report(y_true, y_pred, labels):
    M = confusion(y_true, y_pred, labels)
    with np.errstate(divide='ignore', invalid='ignore'):
        prec = np.nan_to_num(np.diag(M) / M.sum(axis=0))
        rec = np.nan_to_num(np.diag(M) / M.sum(axis=1))
        f1 = np.nan_to_num(2 * prec * rec / (prec + rec))
    lines = ['%12s %9s %9s %9s %9s' % ('', 'precision', 'recall', 'f1', 'support')]
    for row in zip(labels, prec, rec, f1, M.sum(axis=1)):
        lines.append('%12s %9.3f %9.3f %9.3f %9d' % row)
    return '\n'.join(lines)


print(report(list('aabbc'), list('abbbc'), ['a', 'b', 'c']))
