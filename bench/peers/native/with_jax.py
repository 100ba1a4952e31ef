"""JAX: lax.scan over the steps, and a whole update in one jitted function."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from problem import PARAMETERS

LABEL = f"JAX {jax.__version__}"
VERSIONS = {"jax": jax.__version__}


class Competitor:
    def __init__(self, problem):
        self.p = problem
        self.x = jnp.asarray(problem.x if problem.symbols is None else problem.symbols)
        if problem.kind == "train":
            self.targets = jnp.asarray(problem.targets).reshape(-1)
        self.reset()
        if problem.kind == "stream":
            self.vectors = problem.x[:, 0]
            # As constants: every argument of a jitted function takes time on each call.
            self.advance = jax.jit(partial(advance, self.parameters))
            self.restart()

    def reset(self):
        self.parameters = tuple(jnp.array(self.p.weights[name]) for name in PARAMETERS)

    def update(self):
        p = self.p
        loss, self.parameters = update(self.parameters, self.x, self.targets, p.learningRate, p.at_end)
        return float(loss)

    def predict(self):
        return np.asarray(logits(self.parameters, self.x, True))

    def step(self, t):
        self.h, outputs = self.advance(self.h, self.vectors[t])
        return np.asarray(outputs)

    def restart(self):
        self.h = jnp.zeros(self.p.H)


@partial(jax.jit, static_argnums=2)
def logits(parameters, x, at_end):
    """x (steps, batch, I), or symbols (steps, batch), which pick columns of U."""
    U, W, b, V, c = parameters
    pre = b + (U.T[x] if x.ndim == 2 else x @ U.T)

    def recur(h, row):
        h = jnp.tanh(row + h @ W.T)
        return h, None if at_end else h

    last, hs = jax.lax.scan(recur, jnp.zeros(pre.shape[1:]), pre)
    return (last if at_end else hs.reshape(-1, hs.shape[-1])) @ V.T + c


@partial(jax.jit, static_argnums=4, donate_argnums=0)
def update(parameters, x, targets, rate, at_end):
    def mean_loss(parameters):
        scores = jax.nn.log_softmax(logits(parameters, x, at_end))
        return -jnp.mean(jnp.take_along_axis(scores, targets[:, None], 1))

    loss, gradients = jax.value_and_grad(mean_loss)(parameters)
    return loss, tuple(parameter - rate * g for parameter, g in zip(parameters, gradients))


def advance(parameters, h, x):
    """One step of one sequence: h (H) and x (I) to h and the outputs (O)."""
    U, W, b, V, c = parameters
    h = jnp.tanh(b + U @ x + W @ h)
    return h, V @ h + c
