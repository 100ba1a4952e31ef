"""PyTorch: torch.nn.RNN and torch.nn.Linear with autograd; single steps without gradients, by its functions."""

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
LABEL = f"PyTorch {torch.__version__}"
VERSIONS = {"torch": torch.__version__}


def tensor(values):
    """By its bytes: torch.from_numpy refuses a numpy that is newer than the one it was built with."""
    kinds = {"f": torch.float32, "i": torch.int32}
    return torch.frombuffer(bytearray(values), dtype=kinds[values.dtype.kind]).reshape(values.shape)


class Competitor:
    def __init__(self, problem):
        self.p = problem
        self.rnn = torch.nn.RNN(problem.I, problem.H)
        self.linear = torch.nn.Linear(problem.H, problem.O)
        # PyTorch has two biases that are always added; with one of them held at 0 their sum is the one we mean.
        self.rnn.bias_hh_l0.requires_grad_(False)
        self.reset()
        self.x = tensor(problem.x)
        if problem.kind == "train":
            self.targets = tensor(problem.targets).long().reshape(-1)
            parameters = [*self.rnn.parameters(), *self.linear.parameters()]
            trained = [parameter for parameter in parameters if parameter.requires_grad]
            self.sgd = torch.optim.SGD(trained, lr=problem.learningRate)
        if problem.kind == "stream":
            self.prepare_steps()

    @torch.no_grad()
    def reset(self):
        rnn, linear = self.rnn, self.linear
        given = {name: tensor(values) for name, values in self.p.weights.items()}
        rnn.weight_ih_l0.copy_(given["weight_ih"])
        rnn.weight_hh_l0.copy_(given["weight_hh"])
        rnn.bias_ih_l0.copy_(given["bias_h"])
        rnn.bias_hh_l0.zero_()
        linear.weight.copy_(given["weight_ho"])
        linear.bias.copy_(given["bias_o"])

    def logits(self):
        h, last = self.rnn(self.x)
        return self.linear(last[0] if self.p.at_end else h.reshape(-1, self.p.H))

    def update(self):
        self.sgd.zero_grad(set_to_none=True)
        loss = F.cross_entropy(self.logits(), self.targets)
        loss.backward()
        self.sgd.step()
        return loss.item()

    @torch.inference_mode()
    def predict(self):
        return self.logits()

    def prepare_steps(self):
        """[U W] as one matrix, and results into tensors made once: nn.RNN takes ten times as long for one step."""
        p, weights = self.p, {name: tensor(values) for name, values in self.p.weights.items()}
        self.both = torch.cat([weights["weight_ih"], weights["weight_hh"]], 1)
        self.b, self.V, self.c = weights["bias_h"], weights["weight_ho"], weights["bias_o"]
        self.state = torch.zeros(p.I + p.H)
        self.inputs, self.hidden = self.state[: p.I], self.state[p.I :]
        self.sum, self.out = torch.empty(p.H), torch.empty(p.O)
        self.vectors = list(self.x[:, 0])
        torch.set_grad_enabled(False)

    def step(self, t):
        self.inputs.copy_(self.vectors[t])
        torch.addmv(self.b, self.both, self.state, out=self.sum)
        torch.tanh(self.sum, out=self.hidden)
        torch.addmv(self.c, self.V, self.hidden, out=self.out)
        return self.out

    def restart(self):
        self.state.zero_()
