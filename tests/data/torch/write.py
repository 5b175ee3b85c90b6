"""Writes the files of this folder with PyTorch. Run in this folder.

A file holds, in float64, x, y = model(x) at rest, a target, and the state dict before (state.…) and after (tuned.…) a few
steps of SGD with learning rate 0.1 on the mean squared error, the losses of those steps, and the result at rest afterwards.
"""
import json
import struct

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
FORMATS = {torch.float64: "F64", torch.int64: "I64"}


def save(path, tensors):
    header, data = {}, b""
    for name, t in sorted(tensors.items()):
        raw = t.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": FORMATS[t.dtype], "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def write(name, model, x, to_file=lambda t: t, steps=1):
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.4)
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            nn.init.normal_(module.running_mean, std=0.3)
            nn.init.uniform_(module.running_var, 0.5, 2)
    tensors = {"x": to_file(x)}
    model.eval()
    tensors["y"] = to_file(model(x))
    target = torch.randn(model(x).shape)
    tensors["target"] = to_file(target)
    tensors |= {"state." + k: v.clone() for k, v in model.state_dict().items()}
    model.train()
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((model(x) - target) ** 2).mean()
        losses.append(loss.detach())
        loss.backward()
        optimizer.step()
    tensors["losses"] = torch.stack(losses)
    tensors |= {"tuned." + k: v for k, v in model.state_dict().items()}
    model.eval()
    tensors["y_tuned"] = to_file(model(x))
    save(name + ".safetensors", tensors)


class Recurrent(nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.rnn = kind(3, 4, batch_first=True, **options)
        if kind is not nn.GRU:  # elsewhere there is one bias, and the sum of two trained ones moves twice as far
            for name, parameter in self.rnn.named_parameters():
                parameter.requires_grad_("bias_hh" not in name)
        self.fc = nn.Linear(4 * (2 if options.get("bidirectional") else 1), 2)

    def forward(self, x):
        return self.fc(self.rnn(x)[0])


class Images(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(4, 6, (1, 3), groups=2), nn.ReLU())
        self.classifier = nn.Linear(6 * 3 * 2, 3)

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


def channels_last(t):
    return t.movedim(1, -1) if t.dim() > 2 else t


torch.manual_seed(1)
write("lstm", Recurrent(nn.LSTM, num_layers=2), torch.randn(3, 7, 3))
write("lstm_bidirectional", Recurrent(nn.LSTM, bidirectional=True), torch.randn(3, 7, 3))
write("gru", Recurrent(nn.GRU), torch.randn(3, 7, 3))
write("rnn", Recurrent(nn.RNN), torch.randn(3, 7, 3))
write("images", Images(), torch.randn(3, 2, 6, 8), channels_last, steps=5)
write("depthwise", nn.Sequential(nn.Conv2d(2, 6, 3, groups=2), nn.ConvTranspose2d(6, 3, 2, stride=2)),
      torch.randn(2, 2, 5, 5), channels_last)
write("sequence", nn.Sequential(nn.Conv1d(2, 3, 2), nn.Tanh(), nn.Flatten(), nn.Linear(12, 4), nn.LayerNorm(4)),
      torch.randn(3, 2, 5), channels_last)
write("embedding", nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 2)), torch.arange(6).reshape(2, 3) % 5)
write("prelu", nn.Sequential(nn.Conv2d(2, 3, 1), nn.PReLU(3)), torch.randn(2, 2, 3, 3), channels_last)
write("group_norm", nn.Sequential(nn.Conv2d(2, 4, 1), nn.GroupNorm(2, 4)), torch.randn(2, 2, 3, 3), channels_last)
