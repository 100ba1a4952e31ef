/** onnxruntime, in WebAssembly or native, with one thread. It does not train. */
import { denseInputs, Skip } from "../problem.mjs";
import { sequenceModel, stepModel } from "./onnx-model.mjs";

const packages = { "ort-web": "onnxruntime-web", "ort-node": "onnxruntime-node" };

/** @param {import("../problem.mjs").Problem} problem */
export async function open(problem, name) {
  if (problem.kind === "train") throw new Skip("onnxruntime's JavaScript packages do not train");
  const ort = await load(packages[name]);
  const model = problem.kind === "stream" ? stepModel(problem) : sequenceModel(problem);
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
  });
  const version = ort.env.versions[name.replace("ort-", "")];
  return {
    label: `${packages[name]} ${version}, ${name === "ort-web" ? "wasm, " : "native, "}1 thread`,
    versions: { [packages[name]]: version },
    ...(problem.kind === "stream" ? streaming : predicting)(problem, ort, session),
  };
}

async function load(name) {
  if (name === "onnxruntime-node") return (await import("onnxruntime-node")).default;
  const ort = await import("onnxruntime-web/wasm");
  ort.env.wasm.numThreads = 1;
  return ort;
}

function streaming({ vectors, I, H }, ort, session) {
  // Tensors made once: a step copies its input into one of them and reads its outputs from another.
  const x = new ort.Tensor("float32", new Float32Array(I), [1, I]);
  const zeros = () => new ort.Tensor("float32", new Float32Array(H), [1, H]);
  const feeds = { x, h0: zeros() };
  return {
    async step(t, out) {
      x.data.set(vectors.subarray(t * I, (t + 1) * I));
      const { h, outputs } = await session.run(feeds);
      feeds.h0 = h;
      out.set(outputs.data);
    },
    restart() {
      feeds.h0 = zeros();
    },
  };
}

function predicting(problem, ort, session) {
  const { steps, batch, I, H } = problem;
  const x = new ort.Tensor("float32", denseInputs(problem), [steps, batch, I]);
  const h0 = new ort.Tensor("float32", new Float32Array(batch * H), [1, batch, H]);
  return { predict: async () => (await session.run({ x, h0 })).outputs.data };
}
