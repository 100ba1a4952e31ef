/** Every format that is read, with small files of it and what has to hold for all that is read from one. */

// First: it counts the steps of code that is compiled after it.
import "./measure.js";

import { parseNpy } from "../../ts/cli/reading/npy.js";
import { Rnn, Scaler, Trainer, Vocabulary } from "../../ts/index.js";
import { readModel } from "../../ts/io/model-file.js";
import { readSafetensors, writeSafetensors } from "../../ts/io/safetensors.js";
import { exportOnnx, type OnnxNetwork, readOnnx } from "../../ts/onnx/index.js";
import { parameterShapes } from "../../ts/options.js";
import { readCheckpoint } from "../../ts/training/checkpoint.js";
import type { StateDict, Tensor } from "../../ts/types.js";
import { encode } from "../onnx/graph.js";
import { variant } from "../onnx/variants.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** A part of a file that can be changed while what stands around it stays right. */
interface Frame {
  readonly open: (file: Bytes) => Bytes;
  readonly close: (part: Bytes, file: Bytes) => Bytes;
}

export interface Format {
  readonly name: string;
  readonly files: readonly Bytes[];
  readonly frames: readonly Frame[];
  readonly read: (file: Bytes) => unknown;
  /** Throws if what was read is not what a file can say. */
  readonly check: (result: never, file: Bytes) => void;
}

export const utf8 = (text: string): Bytes => new Uint8Array(new TextEncoder().encode(text));
const latin1 = (text: string): Bytes => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const joined = (...parts: readonly ArrayLike<number>[]): Bytes =>
  Uint8Array.from(parts.flatMap((part) => [...Array.from(part)]));
function demand(condition: boolean, what: string): void {
  if (!condition) throw new Error(`expected ${what}`);
}
const fits = ({ shape, data }: Tensor): boolean =>
  data.length === shape.reduce((product, size) => product * size, 1);
const fill = (shape: readonly number[]): Tensor => {
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float32Array.from({ length }, (_, i) => (i % 7) / 8 - 0.4) };
};
const tensors = (shapes: Readonly<Record<string, readonly number[]>>): StateDict =>
  new Map(Object.entries(shapes).map(([name, shape]) => [name, fill(shape)]));

/** A safetensors file of any header, right or wrong, with its length before it. */
export function withHeader(header: Bytes, data: ArrayLike<number> = []): Bytes {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, header.length, true);
  return joined(length, header, data);
}
const headerEnd = (file: Bytes) => 8 + new DataView(file.buffer).getUint32(0, true);

/** A .npy file of any header, right or wrong. */
export const npyOf = (header: string, data: ArrayLike<number> = []): Bytes =>
  joined(latin1("\x93NUMPY\x01\x00"), [header.length & 255, header.length >> 8], latin1(header), data);
const npyEnd = (file: Bytes) => 10 + new DataView(file.buffer).getUint16(8, true);
const npyHeader = (type: string, shape: string) =>
  `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }\n`;

const whole: Frame = { open: (file) => file, close: (part) => part };
const header: Frame = {
  open: (file) => file.slice(8, headerEnd(file)),
  close: (part, file) => withHeader(part, file.subarray(headerEnd(file))),
};
const npyFrame: Frame = {
  open: (file) => file.slice(10, npyEnd(file)),
  close: (part, file) =>
    part.length < 65_536 ? npyOf(String.fromCharCode(...part), file.subarray(npyEnd(file))) : file,
};

using rnn = await Rnn.create({ inputSize: 2, hiddenSize: 3, outputSize: 2, metadata: { note: "é" } });
const sequence = { inputs: Float32Array.of(1, 2, 3, 4), targets: Int32Array.of(0, 1) };
const trainer = new Trainer(rnn, [sequence, sequence], { updates: 4, batchSize: 1 });
await trainer.run({ updates: 1 });
const checkpoint = trainer.save();

const textOf = (bytes: Bytes) => new TextDecoder().decode(bytes);

export const formats: readonly Format[] = [
  {
    name: "safetensors",
    files: [
      writeSafetensors(tensors({ a: [3, 2], é: [], empty: [0, 4] }), { key: "value" }),
      withHeader(utf8('{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}'), [0, 60, 1, 128]),
    ],
    frames: [whole, header],
    read: readSafetensors,
    check: ({ tensors: found }: ReturnType<typeof readSafetensors>) =>
      demand([...found.values()].every(fits), "numbers for each shape"),
  },
  {
    name: "a network",
    files: [
      rnn.save(),
      rnn.save({ names: "pytorch" }),
      writeSafetensors(tensors({ "rnn.weight_ih_l0": [3, 2], "rnn.weight_hh_l0": [3, 3] })),
      writeSafetensors(tensors({ weight_ih: [3, 2], weight_hh: [3, 3], bias_h: [3] })),
    ],
    frames: [whole, header],
    read: (file) => readModel(file, {}),
    check: ({ options, tensors: found }: ReturnType<typeof readModel>) => {
      const shapes = parameterShapes(options);
      demand(shapes.length === found.size, "the parameters of a network and no others");
      for (const [name, , shape] of shapes)
        demand(found.get(name)?.shape.join() === shape.join(), `${name} of shape ${shape.join()}`);
    },
  },
  {
    name: "a checkpoint",
    files: [checkpoint],
    frames: [whole, header],
    read: readCheckpoint,
    check: ({ parameters, update, losses }: ReturnType<typeof readCheckpoint>) =>
      demand([...parameters.values()].every(fits) && losses.length === update, "what was saved"),
  },
  {
    name: "an array of numpy",
    files: [
      npyOf(npyHeader("<f4", "(2, 3)"), new Uint8Array(24)),
      npyOf(npyHeader("<i8", "(3,)"), new Uint8Array(24).fill(7)),
    ],
    frames: [whole, npyFrame],
    read: (file) => parseNpy("a.npy", file),
    check: ({ shape, values }: ReturnType<typeof parseNpy>) =>
      demand(values.length === shape.reduce((product, size) => product * size, 1), "numbers for a shape"),
  },
  {
    name: "ONNX",
    files: [exportOnnx(rnn), ...Array.from({ length: 12 }, (_, i) => encode(variant(9000 + i).graph(0)))],
    frames: [whole],
    read: readOnnx,
    check: ({ options, tensors: found }: OnnxNetwork) =>
      demand([...found.values()].every(fits) && (options.hiddenSize ?? 0) >= 1, "a network"),
  },
  {
    name: "a scaler",
    files: [
      utf8(Scaler.fit(Float32Array.of(1, 2, 3, 5, 8, 13), 2).toJSON()),
      utf8('{"mean":[0],"scale":[1]}'),
    ],
    frames: [whole],
    read: (file) => Scaler.fromJSON(textOf(file)),
    check: (scaler: Scaler) => {
      const numbers = [...scaler.mean, ...scaler.scale];
      demand(numbers.length === 2 * scaler.columns && numbers.every(Number.isFinite), "finite numbers");
      demand(scaler.columns > 0 && scaler.scale.every((scale) => scale > 0), "scales above 0");
    },
  },
  {
    name: "a vocabulary",
    files: [utf8(Vocabulary.fromText("héllo 🌍\n").toJSON()), utf8(Vocabulary.bytes().toJSON())],
    frames: [whole],
    read: (file) => Vocabulary.fromJSON(textOf(file)),
    check: (vocabulary: Vocabulary) => {
      const again = Vocabulary.fromJSON(vocabulary.toJSON());
      demand(vocabulary.size > 0 && again.size === vocabulary.size, "symbols");
      if (vocabulary.toJSON() === '{"kind":"bytes"}') return;
      for (let i = 0; i < vocabulary.size; i++)
        demand([...again.encode(vocabulary.decode([i]))].join() === String(i), "distinct symbols");
    },
  },
];
