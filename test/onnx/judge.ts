/** onnxruntime, which judges what is written and read here: of this folder, or that of bench/peers. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../cli/program.js";

interface OrtTensor {
  readonly data: Float32Array<ArrayBuffer>;
  readonly dims: readonly number[];
}
interface Session {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}
interface Ort {
  readonly Tensor: new (
    type: "float32" | "int32",
    data: Float32Array | Int32Array,
    dims: readonly number[],
  ) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
  readonly env: { readonly wasm: { numThreads: number } };
}

/** What goes in: floats, or lengths as integers, with a shape. */
export type Feeds = Readonly<Record<string, readonly [Float32Array | Int32Array, readonly number[]]>>;

/** Runs a model once. */
export type Judge = (model: Uint8Array, feeds: Feeds) => Promise<Readonly<Record<string, OrtTensor>>>;

/** Undefined where onnxruntime is not installed. */
export async function findJudge(): Promise<Judge | undefined> {
  for (const folder of ["test/onnx", "bench/peers"]) {
    let file: string;
    try {
      file = createRequire(join(root, folder, "package.json")).resolve("onnxruntime-web/wasm");
    } catch {
      continue;
    }
    const found = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Ort & { default?: Ort };
    const ort = found.default ?? found;
    ort.env.wasm.numThreads = 1;
    return async (model, feeds) => {
      const session = await ort.InferenceSession.create(model, { logSeverityLevel: 4 });
      try {
        const tensors = Object.entries(feeds).map(([name, [data, dims]]) => [
          name,
          new ort.Tensor(data instanceof Int32Array ? "int32" : "float32", data, dims),
        ]);
        return await session.run(Object.fromEntries(tensors));
      } finally {
        await session.release();
      }
    };
  }
  return undefined;
}

/** Said by tests that are skipped. */
export const absent = "onnxruntime is not installed: npm ci --ignore-scripts --prefix test/onnx";
