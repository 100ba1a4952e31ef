/**
 * TensorFlow.js on its WebAssembly or plain JavaScript backend. Of its two usual ways tfjs-core is ahead of tf.layers or
 * level with it on every workload; TFJS_WAY=layers asks for the other.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import tf from "@tensorflow/tfjs";
import { Skip } from "../problem.mjs";
import * as core from "./tfjs-core.mjs";
import * as layers from "./tfjs-layers.mjs";

const ways = { core, layers };

/** @param {import("../problem.mjs").Problem} problem */
export async function open(problem, name) {
  const backend = name.replace("tfjs-", "");
  const { kind, H, steps, batch } = problem;
  if (backend === "cpu" && kind === "train" && H * H * steps * batch > 5e8) {
    throw new Skip("tfjs-cpu takes 20 s or more for an update of this size");
  }
  if (backend === "wasm") {
    const wasm = (await import("@tensorflow/tfjs-backend-wasm")).default;
    const file = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
    wasm.setWasmPaths(join(dirname(file), "/"));
  }
  await tf.setBackend(backend);
  await tf.ready();
  tf.enableProdMode();
  const way = process.env.TFJS_WAY === "layers" ? "layers" : "core";
  return {
    label: `@tensorflow/tfjs ${tf.version.tfjs}, ${backend}, ${way === "core" ? "tfjs-core" : "tf.layers"}`,
    versions: { "@tensorflow/tfjs": tf.version.tfjs },
    ...ways[way].build(problem),
  };
}
