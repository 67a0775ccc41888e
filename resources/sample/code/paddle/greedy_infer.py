import paddle


@paddle.no_grad()
def infer_greedy(lm, prompt_ids, eos_token_id, max_length=32, min_length=1):
    """Continue the prompts ([batch, prompt_len] int64) with a decoder-only language model."""
    lm.eval()
    ids = prompt_ids
    unfinished = paddle.ones([ids.shape[0], 1], dtype="int64")
    for cur in range(max_length):
        scores = lm(ids)[:, -1, :]
        if cur < min_length:
            scores[:, eos_token_id] = -1e9
        next_ids = paddle.argmax(scores, axis=-1, keepdim=True)
        next_ids = next_ids * unfinished + eos_token_id * (1 - unfinished)
        ids = paddle.concat([ids, next_ids], axis=1)
        unfinished = unfinished * (next_ids != eos_token_id).astype("int64")
        if int(unfinished.sum()) == 0:
            break
    return ids
