import { disposedError, type ErrorCode, failure, type RecurraError } from "../errors.js";
import type { KernelExports } from "./exports.js";
import { Status } from "./slots.js";

/** What an instance was made from: enough to make another one in a worker. */
export interface KernelSource {
  readonly module: WebAssembly.Module;
  /** Bytes at most. */
  readonly memoryLimit: number | undefined;
}

/**
 * One instance of the module and its memory: the only place that knows addresses.
 *
 * A view lives until memory grows; then it silently has length 0 and swallows writes. So the views given out here
 * are fresh, to be used at once: not kept, not used after another call, never handed to a user.
 *
 * A trap ends the instance. Its stack and data are then in an unknown state, so nothing it says is believed again.
 */
export class Kernel {
  readonly kind: "simd" | "relaxed";
  readonly source: KernelSource | undefined;
  #exports: KernelExports | undefined;
  #ended = () => disposedError("runtime");

  constructor(exports: KernelExports, kind: "simd" | "relaxed" = "simd", source?: KernelSource) {
    this.#exports = exports;
    this.kind = kind;
    this.source = source;
  }

  /** The raw exports. Throws "disposed" or "kernel-terminated" when there is nothing to call any more. */
  get exports(): KernelExports {
    if (!this.#exports) throw this.#ended();
    return this.#exports;
  }

  get alive(): boolean {
    return this.#exports !== undefined;
  }

  /** Bytes of memory the instance holds. It never shrinks. */
  get bytes(): number {
    return this.#exports?.memory.buffer.byteLength ?? 0;
  }

  /** A fresh view of a slot of f32. */
  f32(handle: number, slot: number): Float32Array<ArrayBuffer> {
    return new Float32Array(...this.#place(handle, slot));
  }

  /** A fresh view of a slot of i32. */
  i32(handle: number, slot: number): Int32Array<ArrayBuffer> {
    return new Int32Array(...this.#place(handle, slot));
  }

  /** A fresh view of a slot of f64. */
  f64(handle: number, slot: number): Float64Array<ArrayBuffer> {
    return new Float64Array(...this.#place(handle, slot));
  }

  #place(handle: number, slot: number): [ArrayBuffer, address: number, length: number] {
    const address = this.run("kernel", (exports) => exports.slot_address(handle, slot));
    const length = this.run("kernel", (exports) => exports.slot_length(handle, slot));
    return [this.exports.memory.buffer as ArrayBuffer, address, length];
  }

  /**
   * A status of 0 or more is passed on; a negative one becomes an error. `context` is what was being done, `budget` the
   * bytes that its tape was allowed; `told` are the details of another instance that answered.
   */
  check(status: number, context = "kernel", budget = 0, told?: readonly number[]): number {
    if (status < 0) throw this.#error(status, context, budget, told);
    return status;
  }

  /** `check` of `call`: the usual way to ask for something. `context` is what was being done. */
  run(context: string, run: (exports: KernelExports) => number, budget?: number): number {
    return this.check(this.call(run), context, budget);
  }

  /** Calls the kernel. If it traps, the instance is dead: "kernel-terminated" now and at every later use. */
  call<T>(run: (exports: KernelExports) => T): T {
    const { exports } = this;
    try {
      return run(exports);
    } catch (error) {
      throw this.caught(error);
    }
  }

  /** What to throw for something caught around a call. Ends the instance if it was the module that failed. */
  caught(error: unknown): unknown {
    // A stack overflow inside the module is a RangeError in V8 and JavaScriptCore, an InternalError in SpiderMonkey.
    const { name } = Object(error) as Error;
    if (!/^(Runtime|Range|Internal)Error$/.test(name)) return error;
    this.#exports = undefined;
    const message = `kernel: expected a running instance, got one that stopped (${error}); create the network again`;
    this.#ended = () => failure("kernel-terminated", message, { cause: error });
    return this.#ended();
  }

  /** Frees something; does nothing when the instance is gone, and never throws. */
  release(run: (exports: KernelExports) => number): void {
    try {
      this.call(run);
    } catch {
      // Freeing is the last thing done with a handle: whoever uses the instance next is told that it ended.
    }
  }

  /** Makes something: its handle, and what frees it by {@link release}. */
  create(
    kind: "network" | "workspace" | "optimizer" | "stream",
    context: string,
    ...numbers: number[]
  ): [handle: number, free: () => void] {
    const handle = this.run(context, (exports) =>
      (exports[`${kind}_create`] as (...numbers: number[]) => number)(...numbers),
    );
    return [handle, () => this.release((exports) => exports[`${kind}_free`](handle))];
  }

  /** Lets go of the memory. Everything on it throws "disposed" from now on, if the instance had not ended. Idempotent. */
  dispose(): void {
    this.#exports = undefined;
  }

  #error(status: number, context: string, budget: number, told?: readonly number[]): RecurraError {
    if (status === Status.BAD_HANDLE) return disposedError(context);
    const [d0, d1, d2, d3] = (told ??
      [0, 1, 2, 3].map((which) => this.call((exports) => exports.error_detail(which)))) as [
      number,
      number,
      number,
      number,
    ];
    const memory =
      d1 === budget
        ? `a memoryBudget of at least ${d0} bytes, got ${d1}`
        : `at most ${d1} bytes of memory, got a request for ${d0} more with ${d2} in use; a memoryBudget, truncate or dispose() may help`;
    const known: Readonly<Record<number, [ErrorCode, string, { requested: number; limit: number }?]>> = {
      [Status.BAD_OPTION]: ["option", `argument ${d0}: expected ${d2} … ${d3}, got ${d1}`],
      [Status.BAD_SHAPE]: [
        "shape",
        `${d0 < 0 ? "sum of the lengths" : `sequence ${d0}`}: expected ${d2}, got ${d1}`,
      ],
      [Status.BAD_INDEX]: ["shape", `slot ${d0}, index ${d1}: expected 0 … ${d3 - 1}, got ${d2}`],
      [Status.OUT_OF_MEMORY]: ["out-of-memory", `expected ${memory}`, { requested: d0, limit: d1 }],
      [Status.UNSUPPORTED]: ["unsupported", `not available (argument ${d0})`],
      [Status.OUT_OF_ORDER]: ["shape", "expected the parameters of the forward pass, got others"],
      [Status.NON_FINITE]: ["option", "expected finite numbers, got NaN or an infinity; nothing was changed"],
    };
    const [code, text, details] = known[status] ?? ["unsupported", `not possible now (status ${status})`];
    return failure(code, `${context}: ${text}`, details);
  }
}
