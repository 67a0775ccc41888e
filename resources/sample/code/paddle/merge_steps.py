import paddle


def run(model, train_loader, optimizer, accumulate_steps=4, epochs=1, max_norm=None):
    ce = paddle.nn.CrossEntropyLoss()
    global_step = 0
    for epoch in range(epochs):
        for batch_id, (img, label) in enumerate(train_loader()):
            loss = ce(model(img), label) / accumulate_steps
            loss.backward()
            # until clear_grad is called, every backward adds to the gradients
            if (batch_id + 1) % accumulate_steps != 0:
                continue
            optimizer.step()
            optimizer.clear_grad()
            global_step += 1
            if global_step % 100 == 0:
                print("step", global_step, "loss", float(loss) * accumulate_steps)
    return global_step
