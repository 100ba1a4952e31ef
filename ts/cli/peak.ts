/**
 * The most multiply-adds this machine does in WebAssembly: the kernel's `peak`, a loop over 13 vector accumulators
 * that touches no memory. It runs on an instance of its own, made from the kernel's file as any host would make one.
 */

import { fileURLToPath } from "node:url";
import { readFile } from "../io/files.js";

/** 13 accumulators × 4 lanes × (multiply + add). */
const flopsPerIteration = 13 * 4 * 2;

export interface Peak {
  /** Runs for about so many milliseconds; GFLOP/s. */
  gflops(milliseconds: number): number;
  /** All that was measured. */
  readonly measured: readonly number[];
}

export async function peakLoop(kernel: string): Promise<Peak> {
  const name = kernel === "relaxed" ? "kernel-relaxed.wasm" : "kernel.wasm";
  const bytes = readFile(fileURLToPath(new URL(`./${name}`, import.meta.url)));
  const { instance } = await WebAssembly.instantiate(bytes);
  const peak = instance.exports.peak as (iterations: number) => number;
  const measured: number[] = [];
  const time = (iterations: number): number => {
    const begin = performance.now();
    peak(iterations);
    return performance.now() - begin;
  };
  // The engine replaces its first, slow code after a while.
  let perMillisecond = 1;
  for (let iterations = 1 << 16, took = 0; took < 50 && iterations < 2 ** 30; iterations *= 2) {
    took = time(iterations);
    perMillisecond = iterations / took;
  }
  return {
    measured,
    gflops: (milliseconds) => {
      const iterations = Math.min(2 ** 31 - 1, Math.ceil(perMillisecond * milliseconds));
      const value = (iterations * flopsPerIteration) / (time(iterations) * 1e6);
      measured.push(value);
      return value;
    },
  };
}
