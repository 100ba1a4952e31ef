"""The bare kernel in Python: loads a model, streams 100 steps, trains 20 updates.

pip install -r examples/python/requirements.txt
python examples/python/host.py dist/kernel.wasm model.safetensors
"""

import hashlib
import json
import struct
import sys

from wasmtime import Instance, Module, Store

store = Store()
kernel = Instance(store, Module.from_file(store.engine, sys.argv[1]), []).exports(store)
memory = kernel["memory"]


def call(name, *arguments):
    """Every answer below 0 is a status."""
    answer = kernel[name](store, *arguments)
    if answer < 0:
        raise RuntimeError(f"{name}: status {answer}, details {[kernel['error_detail'](store, k) for k in range(4)]}")
    return answer


def write(handle, slot, data):
    """All bytes of a slot, whose elements have 4 bytes."""
    if len(data) != 4 * call("slot_length", handle, slot):
        raise ValueError(f"slot {slot}: expected {call('slot_length', handle, slot)} elements, got {len(data) // 4}")
    memory.write(store, data, call("slot_address", handle, slot))


def read(handle, slot):
    address = call("slot_address", handle, slot)
    return bytes(memory.read(store, address, address + 4 * call("slot_length", handle, slot)))


def read_model(path):
    """A safetensors file: the length of the header (8 bytes), the header in JSON, the numbers."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    options = json.loads(header.pop("__metadata__")["recurra.options"])
    return options, {name: data[slice(*tensor["data_offsets"])] for name, tensor in header.items()}


# Parameters in the order of their slots, and options as the numbers that network_create takes.
NAMES = ["weight_ih", "weight_hh", "weight_oh", "bias_h", "weight_ho", "bias_o"]
CHOICES = {
    "recurrence": ["hidden", "output", "both"],
    "outputs": ["every", "last", "none"],
    "activation": ["tanh", "relu", "identity"],
    "loss": ["cross-entropy", "squared-error", "bernoulli"],
    "feedback": ["outputs", "probabilities", "argmax", "sample"],
}

assert call("abi_version") == 1
options, tensors = read_model(sys.argv[2])
numbers = [choices.index(options[name]) if name in options else 0 for name, choices in CHOICES.items()]
network = call("network_create", options["inputSize"], options["hiddenSize"], options.get("outputSize", 0), *numbers)
for name, data in tensors.items():
    write(network, NAMES.index(name), data)
call("network_changed", network)


def row(t):
    return [((7 * t + 5 * k) % 17 - 8) / 8 for k in range(3)]


# Live: one row goes in, one row of outputs comes out (slots 1 and 3), the state stays in the stream.
stream = call("stream_create", network, 1)
outputs = hashlib.sha256()
for t in range(100):
    write(stream, 1, struct.pack("<3f", *row(t)))
    call("stream_step", stream, 2)
    outputs.update(read(stream, 3))
print("stream ", outputs.hexdigest())

# Training: one sequence of 40 steps, vectors (flag 1) with targets (flag 2); Adam, the norm clipped to 5.
workspace = call("workspace_create", network)
call("workspace_shape", workspace, 1, 40, 1 + 2)
write(workspace, 0, struct.pack("<i", 40))
write(workspace, 1, struct.pack("<120f", *(value for t in range(40) for value in row(t))))
write(workspace, 2, struct.pack("<40i", *(t % 7 % 4 for t in range(40))))
optimizer = call("optimizer_create", network, 1)
for update in range(20):
    call("workspace_train", workspace)
    call("optimizer_step", optimizer, 0.01, 5.0, 0, 0.9, 0.999, 1e-8, 0.0)
print("weights", hashlib.sha256(b"".join(read(network, NAMES.index(name)) for name in tensors)).hexdigest())
