/** The net written by hand on tfjs-core, with its automatic differentiation. */
import tf from "@tensorflow/tfjs";
import { denseInputs, parameterNames, shapesOf, targetsOf } from "../problem.mjs";

/** @param {import("../problem.mjs").Problem} problem */
export function build(problem) {
  if (problem.kind === "train") return training(problem);
  return problem.kind === "stream" ? streaming(problem) : predicting(problem);
}

/** Weights as (inputs, outputs): tfjs multiplies rows of a batch from the left. */
function tensors({ weights, ...problem }) {
  const shapes = shapesOf(problem);
  return tf.tidy(() =>
    parameterNames.map((name) => {
      const tensor = tf.tensor(weights[name], shapes[name]);
      return shapes[name].length === 2 ? tf.keep(tf.transpose(tensor)) : tf.keep(tensor);
    }),
  );
}

/** h of every step. */
function unrolled({ batch, H }, x, [U, W, b]) {
  let h = tf.zeros([batch, H]);
  return x.products(U, b).map((product) => {
    h = tf.tanh(tf.add(product, tf.matMul(h, W)));
    return h;
  });
}

/**
 * x U + b for every step. With one sequence all steps go through at once, which doubles the speed of W1. With a batch
 * each is a product of its own: on the wasm backend, cutting a result into steps copies all of it for each step, which
 * took five sixths of the time of W5.
 */
function inputsOf(problem) {
  const { steps, batch, I } = problem;
  const dense = denseInputs(problem);
  const rows = batch === 1 ? steps : batch;
  const parts = Array.from({ length: dense.length / (rows * I) }, (_, i) =>
    tf.tensor2d(dense.slice(i * rows * I, (i + 1) * rows * I), [rows, I]),
  );
  return {
    products(U, b) {
      const products = parts.map((x) => tf.fused.matMul({ a: x, b: U, bias: b }));
      return batch === 1 ? tf.split(products[0], steps) : products;
    },
  };
}

function training(problem) {
  const x = inputsOf(problem);
  const targets = targetsOf(problem);
  const y = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(targets, "int32"), problem.O), "float32"));
  const given = tensors(problem);
  const variables = given.map((tensor) => tf.variable(tensor));
  const sgd = tf.train.sgd(problem.learningRate);
  const loss = () => {
    const hs = unrolled(problem, x, variables);
    const scored = problem.atEnd ? hs.at(-1) : tf.concat(hs);
    const logits = tf.fused.matMul({ a: scored, b: variables[3], bias: variables[4] });
    return tf.losses.softmaxCrossEntropy(y, logits);
  };
  return {
    update: () => tf.tidy(() => sgd.minimize(loss, true, variables).dataSync()[0]),
    reset: () => variables.forEach((variable, i) => void variable.assign(given[i])),
  };
}

function streaming({ vectors, I, H, ...sizes }) {
  const [U, W, b, V, c] = tensors({ vectors, I, H, ...sizes });
  const zeros = () => tf.zeros([1, H]);
  let h = zeros();
  return {
    step(t, out) {
      const [next, outputs] = tf.tidy(() => {
        const x = tf.tensor2d(vectors.slice(t * I, (t + 1) * I), [1, I]);
        const pre = tf.fused.matMul({ a: x, b: U, bias: b });
        const next = tf.tanh(tf.add(pre, tf.matMul(h, W)));
        return [next, tf.fused.matMul({ a: next, b: V, bias: c })];
      });
      h.dispose();
      h = next;
      out.set(outputs.dataSync());
      outputs.dispose();
    },
    restart() {
      h.dispose();
      h = zeros();
    },
  };
}

function predicting(problem) {
  const x = inputsOf(problem);
  const parameters = tensors(problem);
  return {
    predict: () =>
      tf.tidy(() => {
        const last = unrolled(problem, x, parameters).at(-1);
        return tf.fused.matMul({ a: last, b: parameters[3], bias: parameters[4] }).dataSync();
      }),
  };
}
