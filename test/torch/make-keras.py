"""A SimpleRNN and a Dense layer of Keras as keras.safetensors, and in keras.jsonl what Keras computes with them.

    pip install keras jax safetensors
    KERAS_BACKEND=jax python3 -B test/torch/make-keras.py

Made with keras 3.15.1. The lines that convert are those of docs/interchange.md.
"""

import json
import pathlib

import keras
import numpy
from safetensors.numpy import save_file

here = pathlib.Path(__file__).parent
keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        keras.Input((None, 3)),
        keras.layers.SimpleRNN(5, return_sequences=True, bias_initializer="random_normal", name="simple_rnn"),
        keras.layers.Dense(2, bias_initializer="random_normal", name="dense"),
    ]
)

kernel, recurrent_kernel, bias = model.get_layer("simple_rnn").get_weights()
dense_kernel, dense_bias = model.get_layer("dense").get_weights()
tensors = {"weight_ih": kernel.T, "weight_hh": recurrent_kernel.T, "bias_h": bias,
           "weight_ho": dense_kernel.T, "bias_o": dense_bias}
save_file({name: numpy.ascontiguousarray(array) for name, array in tensors.items()}, here / "keras.safetensors")

inputs = numpy.random.default_rng(2).standard_normal((2, 6, 3)).astype("float32")
outputs = numpy.asarray(model(inputs))
line = {key: [float("%.9g" % value) for value in array.flatten()] for key, array in
        {"inputs": inputs, "outputs": outputs}.items()}
(here / "keras.jsonl").write_text(json.dumps(line, separators=(",", ":")) + "\n")
