"""What torch computes with model files that the library saved with PyTorch's names.

    python3 test/torch/check.py < jobs.json

Reads a list of {file, I, H, O, nonlinearity, lengths, batch_first, inputs, initial}, inputs in rows, from standard
input; loads each file into a module with `self.rnn = nn.RNN(I, H)` and `self.linear = nn.Linear(H, O)` by
load_state_dict(strict=True); prints a list of {version, states, logits}, row by row. Exit code 3: there is no torch.
"""

import json
import sys

try:
    import torch
    from torch import nn
except ImportError:
    sys.exit(3)

import safetensors_file


class Net(nn.Module):
    def __init__(self, job):
        super().__init__()
        self.rnn = nn.RNN(job["I"], job["H"], nonlinearity=job["nonlinearity"], batch_first=job["batch_first"])
        if job["O"] > 0:
            self.linear = nn.Linear(job["H"], job["O"])


def run(job):
    net = Net(job)
    arrays = safetensors_file.read(job["file"])
    net.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()}, strict=True)
    assert not net.rnn.bias_hh_l0.any()
    first, lengths = job["batch_first"], torch.tensor(job["lengths"])
    inputs = [torch.tensor(x, dtype=torch.float32).reshape(-1, job["I"]) for x in job["inputs"]]
    padded = nn.utils.rnn.pad_sequence(inputs, batch_first=first)
    packed = nn.utils.rnn.pack_padded_sequence(padded, lengths, batch_first=first, enforce_sorted=False)
    initial = torch.tensor(job["initial"], dtype=torch.float32).reshape(1, -1, job["H"])
    states, _ = nn.utils.rnn.pad_packed_sequence(net.rnn(packed, initial)[0], batch_first=first)
    states = states if first else states.transpose(0, 1)
    states = [states[b, :n] for b, n in enumerate(job["lengths"])]
    rows = lambda parts: [value for part in parts for value in part.flatten().tolist()]
    return {
        "version": torch.__version__,
        "states": rows(states),
        "logits": rows(net.linear(h) for h in states) if job["O"] > 0 else [],
    }


with torch.no_grad():
    json.dump([run(job) for job in json.load(sys.stdin)], sys.stdout)
