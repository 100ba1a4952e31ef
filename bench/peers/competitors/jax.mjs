/** jax-js on its WebAssembly backend: one jitted function, the steps unrolled in it, as there is no scan. */
import { readFileSync } from "node:fs";
import { defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { denseInputs, parameterNames, shapesOf, targetsOf } from "../problem.mjs";

const version = JSON.parse(
  readFileSync(new URL("../node_modules/@jax-js/jax/package.json", import.meta.url), "utf8"),
).version;

/** @param {import("../problem.mjs").Problem} problem */
export async function open(problem) {
  await init("wasm");
  defaultDevice("wasm");
  const build = { train: training, stream: streaming, predict: predicting }[problem.kind];
  return { label: `@jax-js/jax ${version}, wasm`, versions: { "@jax-js/jax": version }, ...build(problem) };
}

const array = (values, shape) => np.array(values).reshape(shape);

/** U, W, b, V, c */
function parametersOf({ weights, ...problem }) {
  const shapes = shapesOf(problem);
  return parameterNames.map((name) => array(weights[name], shapes[name]));
}

const inputsOf = (problem) => array(denseInputs(problem), [problem.steps, problem.batch, problem.I]);

/** x Aᵀ + a */
const affine = (x, A, a) => np.matmul(x, A.transpose()).add(a);

/** h of every step; the products with U are done for all steps at once. Takes ownership of x, U, W and b. */
function unrolled({ steps, batch, H, I }, x, U, W, b) {
  const pre = affine(x.reshape([steps * batch, I]), U, b).reshape([steps, batch, H]);
  const Wt = W.transpose();
  const hs = [];
  for (let t = 0; t < steps; t++) {
    const p = pre.ref.slice(t);
    hs.push(np.tanh(t === 0 ? p : p.add(np.matmul(hs[t - 1].ref, Wt.ref))));
  }
  pre.dispose();
  Wt.dispose();
  return hs;
}

/** Only the last h. */
function lastOf(hs) {
  for (const h of hs.slice(0, -1)) h.dispose();
  return hs.at(-1);
}

function training(problem) {
  const { learningRate, atEnd, O } = problem;
  const loss = (U, W, b, V, c, x, y) => {
    const hs = unrolled(problem, x, U, W, b);
    const logits = affine(atEnd ? lastOf(hs) : np.concatenate(hs), V, c);
    return nn.logSoftmax(logits).mul(y).sum(-1).mean().neg();
  };
  const gradients = valueAndGrad(loss, { argnums: [0, 1, 2, 3, 4] });
  const update = jit((U, W, b, V, c, x, y) => {
    const parameters = [U, W, b, V, c];
    const [value, slopes] = gradients(...parameters.map((p) => p.ref), x, y);
    return [value, ...parameters.map((p, i) => p.sub(slopes[i].mul(learningRate)))];
  });
  const x = inputsOf(problem);
  const y = nn.oneHot(np.array(targetsOf(problem), { dtype: np.int32 }), O);
  const given = parametersOf(problem);
  let parameters = given.map((p) => p.ref);
  return {
    async update() {
      const [value, ...next] = update(...parameters, x.ref, y.ref);
      parameters = next;
      return (await value.data())[0];
    },
    reset() {
      for (const p of parameters) p.dispose();
      parameters = given.map((p) => p.ref);
    },
  };
}

function streaming(problem) {
  const { vectors, I, H } = problem;
  const step = jit((U, W, b, V, c, x, h) => {
    const next = np.tanh(affine(x, U, b).add(np.matmul(h, W.transpose())));
    return [next.ref, affine(next, V, c)];
  });
  const parameters = parametersOf(problem);
  let h = np.zeros([1, H]);
  return {
    step(t, out) {
      const x = np.array(vectors.slice(t * I, (t + 1) * I)).reshape([1, I]);
      const [next, outputs] = step(...parameters.map((p) => p.ref), x, h);
      h = next;
      out.set(outputs.dataSync());
    },
    restart() {
      h.dispose();
      h = np.zeros([1, H]);
    },
  };
}

function predicting(problem) {
  const predict = jit((U, W, b, V, c, x) => affine(lastOf(unrolled(problem, x, U, W, b)), V, c));
  const x = inputsOf(problem);
  const parameters = parametersOf(problem);
  return { predict: () => predict(...parameters.map((p) => p.ref), x.ref).data() };
}
