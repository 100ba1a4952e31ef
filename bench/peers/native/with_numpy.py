"""numpy with back-propagation through time written by hand, on whatever BLAS it is linked with."""

import numpy as np
from problem import PARAMETERS

LABEL = f"numpy {np.__version__}"
VERSIONS = {"numpy": np.__version__}


class Competitor:
    def __init__(self, problem):
        self.p = problem
        self.label = f"{LABEL}, BPTT by hand" if problem.kind == "train" else LABEL
        self.rows = problem.steps * problem.batch
        self.reset()
        self.h = np.zeros((problem.steps + 1, problem.batch, problem.H), np.float32)
        if problem.kind == "stream":
            self.prepare_steps()

    def reset(self):
        self.U, self.W, self.b, self.V, self.c = (self.p.weights[name].copy() for name in PARAMETERS)

    def forward(self):
        """h of every step; the products with U are done for all steps at once."""
        p, h, W = self.p, self.h, self.W.T
        if p.symbols is None:
            h[1:] = (p.x.reshape(self.rows, p.I) @ self.U.T + self.b).reshape(p.steps, p.batch, p.H)
        else:
            h[1:] = (self.U.T + self.b)[p.symbols]
        for t in range(1, p.steps + 1):
            h[t] += h[t - 1] @ W
            np.tanh(h[t], out=h[t])
        scored = h[-1] if p.at_end else h[1:].reshape(self.rows, p.H)
        return scored, scored @ self.V.T + self.c

    def predict(self):
        return self.forward()[1]

    def update(self):
        p, h = self.p, self.h
        scored, logits = self.forward()
        targets = p.targets.reshape(-1)
        loss, d_logits = cross_entropy(logits, targets)
        d_scored = d_logits @ self.V
        if p.at_end:
            d_h = np.zeros((p.steps, p.batch, p.H), np.float32)
            d_h[-1] = d_scored
        else:
            d_h = d_scored.reshape(p.steps, p.batch, p.H)
        slopes = 1 - h[1:] * h[1:]
        for t in reversed(range(p.steps)):
            d_h[t] *= slopes[t]
            if t > 0:
                d_h[t - 1] += d_h[t] @ self.W
        d = d_h.reshape(self.rows, p.H)
        rate = np.float32(p.learningRate)
        self.V -= rate * (d_logits.T @ scored)
        self.c -= rate * d_logits.sum(0)
        self.W -= rate * (d.T @ h[:-1].reshape(self.rows, p.H))
        self.b -= rate * d.sum(0)
        # Also with symbols: a product with one-hot rows is faster than np.add.at.
        self.U -= rate * (d.T @ p.x.reshape(self.rows, p.I))
        return float(loss)

    def prepare_steps(self):
        """[U W] as one matrix, so that a step is two products; all results go into arrays made once."""
        p = self.p
        self.both = np.ascontiguousarray(np.concatenate([self.U, self.W], 1))
        self.state = np.zeros(p.I + p.H, np.float32)
        self.inputs, self.hidden = self.state[: p.I], self.state[p.I :]
        self.sum, self.out = np.empty(p.H, np.float32), np.empty(p.O, np.float32)
        self.vectors = np.ascontiguousarray(p.x[:, 0])

    def step(self, t):
        self.inputs[:] = self.vectors[t]
        np.dot(self.both, self.state, out=self.sum)
        np.add(self.sum, self.b, out=self.sum)
        np.tanh(self.sum, out=self.hidden)
        np.dot(self.V, self.hidden, out=self.out)
        np.add(self.out, self.c, out=self.out)
        return self.out

    def restart(self):
        self.state[:] = 0


def cross_entropy(logits, targets):
    """The mean over the rows, and its gradient."""
    rows = np.arange(len(targets))
    shifted = logits - logits.max(1, keepdims=True)
    own = shifted[rows, targets]
    np.exp(shifted, out=shifted)
    total = shifted.sum(1, keepdims=True)
    loss = np.mean(np.log(total[:, 0]) - own, dtype=np.float64)
    shifted /= total
    shifted[rows, targets] -= 1
    shifted /= np.float32(len(targets))
    return loss, shifted
