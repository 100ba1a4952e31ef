"""Networks of torch.nn.RNN and torch.nn.Linear as safetensors files, and in goldens.jsonl what torch computes with them.

    apt-get install -y python3-torch python3-numpy
    /usr/bin/python3 -B test/torch/make-goldens.py

Each line is a case: inputs, initial states, targets and what torch makes of them in float64 from the file's float32
parameters; `float32` says how far torch is from that in float32. Sequences may differ in length: torch packs them.
Made with torch 1.13.1 of Debian 12; another version gives other last digits.
"""

import json
import pathlib
from collections import OrderedDict

import numpy
import torch
from torch import nn

import safetensors_file

here = pathlib.Path(__file__).parent

# I, H, O: sizes; lengths: steps of each sequence; rnn, head: names of the modules.
cases = [
    dict(name="one-unit", I=1, H=1, O=1, lengths=[1], loss="squared-error", bias=False),
    dict(name="tanh", I=3, H=8, O=5, lengths=[10] * 3, loss="cross-entropy", batch_first=True),
    dict(name="relu", I=4, H=16, O=3, lengths=[12] * 2, loss="squared-error", nonlinearity="relu", head="fc_out"),
    dict(name="no-bias", I=5, H=7, O=2, lengths=[9] * 2, loss="bernoulli", bias=False, batch_first=True, head="decoder"),
    dict(name="ragged", I=3, H=12, O=4, lengths=[9, 4, 1, 7], loss="cross-entropy", initial=True,
         rnn="module.encoder.rnn", head="module.head.proj", batch_first=True),
    dict(name="last", I=2, H=10, O=3, lengths=[6, 11, 2], loss="cross-entropy", initial=True, outputs="last",
         rnn="encoder", head="classifier.0"),
    dict(name="relu-last", I=6, H=9, O=2, lengths=[5, 8], loss="squared-error", nonlinearity="relu", outputs="last",
         rnn="weight", head="rnn"),
    dict(name="symbols", I=16, H=20, O=16, lengths=[20] * 2, loss="cross-entropy", symbols=True, initial=True,
         head="to_logits"),
    dict(name="no-head", I=4, H=6, O=0, lengths=[7, 3], loss="states", initial=True, outputs="none", rnn=""),
    dict(name="wide", I=5, H=32, O=7, lengths=[40], loss="bernoulli", gain=2.0, head="W.weight"),
]


def nested(path, module):
    """A module under the attributes of a dotted path, as in `self.module.head.proj`."""
    for part in reversed(path.split(".") if path else []):
        module = nn.Sequential(OrderedDict([(part, module)]))
    return module


def draw(case, generator):
    """Data of a case, as float32."""
    def numbers(*shape):
        return torch.randn(*shape, generator=generator)

    def indices(count, bound):
        return torch.randint(bound, (count,), generator=generator)

    I, H, O, lengths = case["I"], case["H"], case["O"], case["lengths"]
    scored = [1] * len(lengths) if case["outputs"] == "last" else lengths
    data = {"inputs": [indices(n, I) if case["symbols"] else numbers(n, I) for n in lengths]}
    data["initial"] = numbers(len(lengths), H) * 0.5 if case["initial"] else torch.zeros(len(lengths), H)
    data["targets"] = {
        "cross-entropy": lambda n: indices(n, O),
        "squared-error": lambda n: numbers(n, O),
        "bernoulli": lambda n: indices(n * O, 2).reshape(n, O).float(),
        "states": lambda n: numbers(n, H),
    }[case["loss"]]
    data["targets"] = [data["targets"](n) for n in scored]
    return data


def loss_of(kind, got, target):
    """Sums over steps, as in the library. For "states": dL/dh is handed in."""
    if kind == "cross-entropy":
        return nn.functional.cross_entropy(got, target, reduction="sum")
    if kind == "squared-error":
        return ((got - target.to(got)) ** 2).sum() / 2
    if kind == "bernoulli":
        return nn.functional.binary_cross_entropy_with_logits(got, target.to(got), reduction="sum")
    return (got * target.to(got)).sum()


def run(case, data, rnn, head, dtype):
    """Everything torch computes, as flat lists of arrays."""
    rnn, head = rnn.to(dtype), head and head.to(dtype)
    parameters = list(rnn.parameters()) + (list(head.parameters()) if head else [])
    for parameter in parameters:
        parameter.grad = None
    one_hot = [nn.functional.one_hot(x, case["I"]) if case["symbols"] else x for x in data["inputs"]]
    inputs = [x.detach().to(dtype, copy=True).requires_grad_() for x in one_hot]
    initial = data["initial"].detach().to(dtype, copy=True).requires_grad_()
    first = case["batch_first"]
    padded = nn.utils.rnn.pad_sequence(inputs, batch_first=first)
    lengths = torch.tensor(case["lengths"])
    ragged = len(set(case["lengths"])) > 1
    if ragged:
        padded = nn.utils.rnn.pack_padded_sequence(padded, lengths, batch_first=first, enforce_sorted=False)
    states, final = rnn(padded, initial[None])
    if ragged:
        states, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=first)
    states = states if first else states.transpose(0, 1)
    states = [states[b, :n] for b, n in enumerate(case["lengths"])]
    read = [h[-1:] for h in states] if case["outputs"] == "last" else states
    logits = [head(h) for h in read] if head else []
    losses = [loss_of(case["loss"], got, target) for got, target in zip(logits or states, data["targets"])]
    loss = sum(losses)
    loss.backward()
    module = dict(rnn.named_parameters())
    gradients = {"weight_ih": module["weight_ih_l0"].grad, "weight_hh": module["weight_hh_l0"].grad}
    if case["bias"]:
        # The two biases have one gradient, that of their sum, up to the order of summation.
        torch.testing.assert_close(module["bias_ih_l0"].grad, module["bias_hh_l0"].grad)
        gradients["bias_h"] = module["bias_ih_l0"].grad
    if head:
        gradients["weight_ho"] = head.weight.grad
        if case["bias"]:
            gradients["bias_o"] = head.bias.grad
    gradients["initial"] = initial.grad
    if not case["symbols"]:
        gradients["inputs"] = torch.cat([x.grad.flatten() for x in inputs])
    return {
        "states": torch.cat([h.flatten() for h in states]),
        "logits": torch.cat([o.flatten() for o in logits]) if head else torch.zeros(0),
        "final": final.flatten(),
        "loss": loss,
        "gradients": gradients,
    }


def flat(tensor, digits):
    """Numbers of so many digits: 9 tell one float32 from all others."""
    if not tensor.is_floating_point():
        return tensor.flatten().tolist()
    return [float(f"%.{digits}g" % value) for value in tensor.detach().double().flatten().tolist()]


def distance(a, b):
    return float(torch.linalg.norm((a.double() - b).flatten()))


def make(case, seed):
    defaults = dict(nonlinearity="tanh", bias=True, batch_first=False, initial=False, symbols=False, gain=1.0,
                    outputs="every", rnn="rnn", head="linear")
    case = {**defaults, **case}
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    rnn = nn.RNN(case["I"], case["H"], nonlinearity=case["nonlinearity"], bias=case["bias"],
                 batch_first=case["batch_first"])
    head = nn.Linear(case["H"], case["O"], bias=case["bias"]) if case["O"] else None
    with torch.no_grad():
        for parameter in [*rnn.parameters(), *(head.parameters() if head else [])]:
            parameter *= case["gain"]
    state = {}
    # The head first in every other file: order does not matter.
    modules = [(case["rnn"], rnn), (case["head"], head)][:: 1 if seed % 2 else -1]
    for path, module in modules:
        if module:
            state.update({k: v.numpy().copy() for k, v in nested(path, module).state_dict().items()})
    safetensors_file.write(here / f"{case['name']}.safetensors", state)

    data = draw(case, generator)
    near = run(case, data, rnn, head, torch.float32)
    near = {**near, "gradients": {k: g.clone() for k, g in near["gradients"].items()}}
    exact = run(case, data, rnn, head, torch.float64)
    largest = max([1.0, *exact["logits"].abs().tolist()])
    gradients = exact["gradients"]
    keep = ["name", "I", "H", "O", "lengths", "loss", "nonlinearity", "outputs", "symbols", "bias", "batch_first"]
    return {
        **{key: case[key] for key in keep},
        "modules": [case["rnn"], case["head"]],
        "inputs": [flat(x, 9) for x in data["inputs"]],
        "initial": flat(data["initial"], 9),
        "targets": [flat(y, 9) for y in data["targets"]],
        "expected": {
            **{key: flat(exact[key], 8) for key in ["states", "logits", "final"]},
            "loss": float(exact["loss"]),
            "gradients": {key: flat(g, 8) for key, g in gradients.items()},
        },
        "float32": {
            "states": float((near["states"].double() - exact["states"]).abs().max()),
            "logits": float((near["logits"].double() - exact["logits"]).abs().max()) / largest if case["O"] else 0.0,
            "gradients": max(
                distance(near["gradients"][key], g) / (1e-5 * float(torch.linalg.norm(g)) + 1e-6)
                for key, g in gradients.items()
            ),
        },
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    lines = [json.dumps(make(case, seed), separators=(",", ":")) for seed, case in enumerate(cases)]
    (here / "goldens.jsonl").write_text("\n".join(lines) + "\n")
