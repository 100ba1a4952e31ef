/**
 * Recurrent nets that train and run wherever WebAssembly runs.
 *
 * @packageDocumentation
 */
export { Scaler } from "./data/scaler.js";
export { Vocabulary } from "./data/vocabulary.js";
export { type ErrorCode, RecurraError } from "./errors.js";
export { readSafetensors, writeSafetensors } from "./io/safetensors.js";
export { Rnn } from "./models/rnn.js";
export { Optimizer } from "./training/optimizer.js";
export { Trainer } from "./training/trainer.js";
export type * from "./types.js";
export { createRuntime } from "./wasm/runtime.js";
