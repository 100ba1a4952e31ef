"""One native competitor at one workload: `python3 run.py <torch | jax | numpy> <folder>`.

Speaks the same JSON lines as ../run.mjs. Everything runs on one core, in one thread.
"""

import json
import os
import resource
import sys
import time

# Read by the libraries when they are loaded.
os.environ.update(
    OMP_NUM_THREADS="1",
    OPENBLAS_NUM_THREADS="1",
    MKL_NUM_THREADS="1",
    JAX_PLATFORMS="cpu",
    XLA_FLAGS="--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
)
# No __pycache__ in the work tree.
sys.dont_write_bytecode = True

PROGRAMS = {"torch": "with_torch", "jax": "with_jax", "numpy": "with_numpy"}


class Protocol:
    """Answers go to the true stdout; whatever else is printed goes to stderr."""

    def __init__(self):
        self.out = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)

    def answer(self, **values):
        self.out.write(json.dumps(values) + "\n")
        self.out.flush()


def check(problem, competitor):
    if problem.kind == "train":
        losses = [competitor.update() for _ in range(3)]
        competitor.reset()
        return {"losses": losses}
    if problem.kind == "predict":
        return {"outputs": [float(value) for value in competitor.predict().reshape(-1)]}
    outputs = []
    for t in range(problem.steps):
        outputs += [float(value) for value in competitor.step(t)]
    competitor.restart()
    return {"outputs": outputs}


def run(problem, competitor, rounds):
    if problem.kind == "stream":
        return stream(competitor, problem.steps, rounds)
    once = competitor.update if problem.kind == "train" else competitor.predict
    start = time.perf_counter()
    for _ in range(rounds):
        once()
    return {"seconds": time.perf_counter() - start, "rounds": rounds}


def stream(competitor, steps, rounds):
    """The clock is read at the ends of a sample only: at each step it would be a part of what is timed."""
    step = competitor.step
    start = time.perf_counter()
    for _ in range(rounds):
        for t in range(steps):
            step(t)
    return {"seconds": time.perf_counter() - start, "rounds": rounds}


def serve(protocol, problem, competitor):
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("check"):
            protocol.answer(**check(problem, competitor))
        elif "run" in request:
            protocol.answer(**run(problem, competitor, request["run"]))
        elif request.get("end"):
            break
        else:
            raise ValueError(f"expected check, run or end, got {line}")
    # Kibibytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    protocol.answer(peakRssBytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def main():
    protocol = Protocol()
    try:
        if len(sys.argv) != 3 or sys.argv[1] not in PROGRAMS:
            raise ValueError(f"usage: run.py <{' | '.join(PROGRAMS)}> <folder>")
        name, folder = sys.argv[1:]
        try:
            from problem import read_problem

            program = __import__(PROGRAMS[name])
        except ImportError as missing:
            protocol.answer(skip=f"Python has no {missing.name}")
            return 0
        problem = read_problem(folder)
        competitor = program.Competitor(problem)
        versions = {"python": sys.version.split()[0], **program.VERSIONS}
        label = getattr(competitor, "label", program.LABEL)
        protocol.answer(ready=True, name=name, label=label, versions=versions)
        serve(protocol, problem, competitor)
        return 0
    except Exception as error:
        protocol.answer(error=f"{type(error).__name__}: {error}")
        import traceback

        traceback.print_exc()
        return 1


if __name__ == "__main__":
    sys.exit(main())
