"""The safetensors format in plain Python: a length of 8 bytes, a header in JSON, the numbers. F32 only."""

import json
import struct

import numpy


def write(path, tensors):
    """Writes numpy arrays by name."""
    header, data = {}, b""
    for name, array in tensors.items():
        content = numpy.ascontiguousarray(array, dtype="<f4").tobytes()
        offsets = [len(data), len(data) + len(content)]
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": offsets}
        data += content
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read(path):
    """Numpy arrays by name."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    header.pop("__metadata__", None)
    arrays = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32", entry
        begin, end = entry["data_offsets"]
        arrays[name] = numpy.frombuffer(data[begin:end], dtype="<f4").reshape(entry["shape"]).copy()
    return arrays
