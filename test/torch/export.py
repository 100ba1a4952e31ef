"""ONNX files as torch.onnx.export writes networks of nn.RNN and nn.Linear, and what torch computes with them.

    python3 test/torch/export.py FOLDER

Writes FOLDER/N.onnx, and prints a list of {name, file, batch_first, N, T, x, h, outputs}, row by row: x is N × T × I, or
T × N × I without batch_first, as are the outputs of every step; h is N × H, null without. Exit code 3: no torch.
"""

import inspect
import itertools
import json
import pathlib
import sys
import warnings

try:
    import torch
    from torch import nn
except ImportError:
    sys.exit(3)

I, H, O, N, T = 2, 3, 2, 3, 5
# How the head gets its states: every step, or each way in which people take the last one.
ways = {
    "every": lambda y, h_n, first: y,
    "y[:, -1]": lambda y, h_n, first: y[:, -1] if first else y[-1],
    "h_n[0]": lambda y, h_n, first: h_n[0],
    "h_n[-1]": lambda y, h_n, first: h_n[-1],
    "squeeze": lambda y, h_n, first: h_n.squeeze(0),
}


class Net(nn.Module):
    def __init__(self, way, first, nonlinearity):
        super().__init__()
        self.rnn = nn.RNN(I, H, nonlinearity=nonlinearity, batch_first=first)
        self.linear = nn.Linear(H, O)
        self.way, self.first = ways[way], first

    def forward(self, x, h=None):
        y, h_n = self.rnn(x) if h is None else self.rnn(x, h)
        return self.linear(self.way(y, h_n, self.first)), h_n


def export(number, way, first, initial, opset, dynamic):
    net = Net(way, first, ["tanh", "relu"][number % 2]).eval()
    x = torch.randn(*((N, T) if first else (T, N)), I)
    h = torch.randn(1, N, H) if initial else None
    file = str(pathlib.Path(sys.argv[1]) / f"{number}.onnx")
    names = ["x", "h"] if initial else ["x"]
    axes = {"x": {0: "a", 1: "b"}, **({"h": {1: "n"}} if initial else {})} if dynamic else None
    # Later versions have another exporter too, which needs a package of its own.
    more = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    arguments = (x, h) if initial else (x,)
    torch.onnx.export(net, arguments, file, opset_version=opset, input_names=names, dynamic_axes=axes, **more)
    return {
        "name": f"{way}, batch_first {first}, h {initial}, operators {opset}, open sizes {dynamic}",
        "file": file,
        "batch_first": first,
        "N": N,
        "T": T,
        "x": x.flatten().tolist(),
        "h": h.flatten().tolist() if initial else None,
        "outputs": net(*arguments)[0].flatten().tolist(),
    }


warnings.simplefilter("ignore")
torch.manual_seed(1)
out, sys.stdout = sys.stdout, sys.stderr
cases = itertools.product(ways, [True, False], [True, False], [9, 12, 13, 14, 16], [True, False])
with torch.no_grad():
    json.dump([export(number, *case) for number, case in enumerate(cases)], out)
