/**
 * The library without a kernel inside, and with training in a file of its own, which is loaded when it is first needed:
 * for pages that predict only, or keep the kernel apart.
 *
 * @packageDocumentation
 */
export { Scaler } from "../data/scaler.js";
export { Vocabulary } from "../data/vocabulary.js";
export { type ErrorCode, RecurraError } from "../errors.js";
export { readSafetensors, writeSafetensors } from "../io/safetensors.js";
export { Rnn } from "../models/rnn.js";
export type * from "../types.js";
export { createRuntime } from "../wasm/runtime.js";
