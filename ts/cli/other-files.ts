/** Files that are handed over where a model belongs: what to do instead. */
import { dirname, join } from "node:path";
import { RecurraError, readSafetensors } from "../index.js";
import { quoted, typed } from "./places.js";

/** The library's error for a file that is no network, in the words of the command line. */
export function notModel(error: RecurraError, file: string, bytes: Uint8Array<ArrayBuffer>): RecurraError {
  if (isCheckpoint(bytes)) {
    const model = typed(join(dirname(file), "model.safetensors"));
    const message = `${file} is a checkpoint, for recurra train --resume; the model is beside it: ${model}`;
    return new RecurraError({ code: "format", message, cause: error });
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const message = `${file} is compressed; unpack it first (gunzip)`;
    return new RecurraError({ code: "format", message, cause: error });
  }
  if (!isText(bytes)) return error;
  const message = `${file} is a text or a table, no model; recurra train ${quoted(file)} learns from it and writes one`;
  return new RecurraError({ code: "format", message, cause: error });
}

function isCheckpoint(bytes: Uint8Array<ArrayBuffer>): boolean {
  try {
    return readSafetensors(bytes).metadata["recurra.checkpoint"] !== undefined;
  } catch {
    return false;
  }
}

/** Bytes that are looked at. */
const sample = 65_536;

/** Whether it begins as a text does that can be learned from: not as a page, JSON or anything binary. */
function isText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, sample), {
      stream: true,
    });
    return /^[^\0]+$/.test(text) && !/^\s*[<[{]/.test(text);
  } catch {
    return false;
  }
}
