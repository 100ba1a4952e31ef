/**
 * The numbers of `crate/include/recurra.h`, under the same names and in the same order. Constants of modules, not
 * properties of objects: the bundler then writes each as a plain number where it is used.
 */

/** The version of the kernel's interface that this code was written for. */
export const ABI = 1;

export * as Flag from "./slots/flag.js";
export * as StreamInput from "./slots/input.js";
export * as NetworkSlot from "./slots/network.js";
export * as OptimizerSlot from "./slots/optimizer.js";
export * as Status from "./slots/status.js";
export * as StreamSlot from "./slots/stream.js";
export * as WorkspaceSlot from "./slots/workspace.js";
