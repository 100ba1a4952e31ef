/**
 * ONNX files: the operator `RNN` and a linear layer after it, both ways.
 *
 * @packageDocumentation
 */
export { type ExportOnnxOptions, exportOnnx } from "./export.js";
export { type ImportedOnnx, importOnnx } from "./import.js";
export { type OnnxNetwork, type OnnxPort, readOnnx } from "./read.js";
