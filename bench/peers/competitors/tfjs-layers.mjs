/** The net as layers: tf.layers.simpleRNN and tf.layers.dense, trained by trainOnBatch. */
import tf from "@tensorflow/tfjs";
import { denseInputs, parameterNames, shapesOf, transposed } from "../problem.mjs";

/** @param {import("../problem.mjs").Problem} problem */
export function build(problem) {
  const { I, H, O, steps, batch, atEnd, learningRate, kind } = problem;
  const rnn = tf.layers.simpleRNN({
    units: H,
    recurrentInitializer: "zeros",
    returnSequences: !atEnd,
    ...(kind === "stream" ? { stateful: true, batchInputShape: [1, 1, I] } : { inputShape: [steps, I] }),
  });
  const dense = tf.layers.dense({ units: O });
  const model = tf.sequential({ layers: [rnn, dense] });
  const given = weightsOf(problem);
  model.setWeights(given);
  const x = batchFirst(problem);
  if (kind === "predict") return { predict: () => tf.tidy(() => model.predictOnBatch(x).dataSync()) };
  if (kind === "stream") {
    return {
      step: (t, out) =>
        tf.tidy(() => {
          const row = tf.tensor3d(problem.vectors.slice(t * I, (t + 1) * I), [1, 1, I]);
          out.set(model.predictOnBatch(row).dataSync());
        }),
      restart: () => model.resetStates(),
    };
  }
  const y = tf.tidy(() => {
    const targets = tf.tensor(problem.targets, atEnd ? [batch] : [batch, steps], "int32");
    return tf.cast(tf.oneHot(targets, O), "float32");
  });
  const loss = (yTrue, yPred) => tf.losses.softmaxCrossEntropy(yTrue, yPred);
  model.compile({ optimizer: tf.train.sgd(learningRate), loss });
  return {
    update: () => model.trainOnBatch(x, y),
    reset: () => model.setWeights(given),
  };
}

function weightsOf({ weights, ...problem }) {
  const shapes = shapesOf(problem);
  return parameterNames.map((name) => {
    const [rows, columns] = shapes[name];
    if (columns === undefined) return tf.tensor1d(weights[name]);
    return tf.tensor2d(transposed(weights[name], rows, columns), [columns, rows]);
  });
}

/** (batch, steps, I) */
function batchFirst(problem) {
  const { batch, steps, I } = problem;
  return tf.tidy(() => tf.transpose(tf.tensor3d(denseInputs(problem), [steps, batch, I]), [1, 0, 2]));
}
