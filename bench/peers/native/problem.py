"""Reads the folder of one workload, as ../problem.mjs does."""

import json
import os
from types import SimpleNamespace

import numpy as np

PARAMETERS = ("weight_ih", "weight_hh", "bias_h", "weight_ho", "bias_o")


def read_problem(folder):
    """Sizes, `weights` by name, `x` (steps, batch, I) and `targets`, time first: (steps, batch) or, at the end, (batch)."""
    with open(os.path.join(folder, "problem.json")) as file:
        values = json.load(file)
    files = values.pop("files")

    def read(name, *shape):
        if name not in files:
            return None
        kind = "<i4" if files[name].endswith(".i32") else "<f4"
        return np.fromfile(os.path.join(folder, files[name]), kind).reshape(*shape)

    p = SimpleNamespace(**{"learningRate": 0.1, **values})
    inputs = next(name for name in ("symbols", "vectors", "inputs") if name in files)
    if p.kind == "stream":
        p.batch, p.steps = 1, read(inputs, -1, p.I).shape[0]
    shapes = {"weight_ih": (p.H, p.I), "weight_hh": (p.H, p.H), "weight_ho": (p.O, p.H)}
    p.weights = {name: read(name, *shapes.get(name, (-1,))) for name in PARAMETERS}
    if files[inputs].endswith(".i32"):
        p.symbols = np.ascontiguousarray(read(inputs, p.batch, p.steps).T)
        p.x = np.eye(p.I, dtype=np.float32)[p.symbols]
    else:
        p.symbols = None
        p.x = np.ascontiguousarray(read(inputs, p.batch, p.steps, p.I).swapaxes(0, 1))
    targets = read("targets", p.batch, -1)
    p.at_end = p.kind == "predict" or (p.kind == "train" and targets.shape[1] == 1)
    if targets is not None:
        p.targets = targets[:, 0] if p.at_end else np.ascontiguousarray(targets.T)
    return p
