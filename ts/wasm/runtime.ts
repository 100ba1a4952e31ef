import { anything, checkOptions, integer, MAX_MEMORY, oneOf } from "../checks.js";
import { disposeSymbol } from "../dispose.js";
import { disposedError, optionError } from "../errors.js";
import type { Runtime, RuntimeOptions } from "../types.js";
import type { Kernel } from "./kernel.js";
import { compileKernel, instantiateKernel } from "./loader.js";

/** A module, and the instance of it that runs now. */
class KernelRuntime implements Runtime {
  readonly kernel: "simd" | "relaxed";
  readonly #instantiate: () => Promise<Kernel>;
  #current: Kernel;
  #next: Promise<Kernel> | undefined;
  #disposed = false;

  constructor(first: Kernel, instantiate: () => Promise<Kernel>) {
    this.kernel = first.kind;
    this.#current = first;
    this.#instantiate = instantiate;
  }

  get bytes(): number {
    return this.#current.bytes;
  }

  /** The running instance; a fresh one if the last one trapped. */
  async running(): Promise<Kernel> {
    if (!this.#disposed && !this.#current.alive) {
      // Whoever asks at the same time waits for the same instance; a failure is not remembered.
      this.#next ??= this.#instantiate().finally(() => {
        this.#next = undefined;
      });
      this.#current = await this.#next;
    }
    if (this.#disposed) {
      this.#current.dispose();
      throw disposedError("runtime");
    }
    return this.#current;
  }

  dispose(): void {
    this.#disposed = true;
    this.#current.dispose();
  }

  [disposeSymbol](): void {
    this.dispose();
  }
}

const rules = {
  kernel: oneOf(["simd", "relaxed"]),
  // At least what a fresh instance has.
  memoryLimit: integer(17 << 16, MAX_MEMORY),
  module: anything,
};

/**
 * An instance of the kernel with memory of its own. Most programs need none: `Rnn.create` and `Rnn.load` share one.
 *
 * Throws "option" for wrong options; "environment" where WebAssembly, SIMD or the permission to compile is missing, or
 * the module is another version's; "format" for bytes that are no WebAssembly.
 */
export async function createRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const {
    kernel = "simd",
    memoryLimit,
    module: source,
  } = checkOptions("createRuntime options", options, rules);
  if (source === undefined && kernel === "relaxed") {
    throw optionError("module", 'recurra/kernel-relaxed.wasm with kernel "relaxed"', source);
  }
  const module = await compileKernel(source, kernel);
  const instantiate = () => instantiateKernel(module, kernel, memoryLimit);
  return new KernelRuntime(await instantiate(), instantiate);
}

let shared: Promise<Runtime> | undefined;

/** The running kernel of a runtime, or of the one that networks share. Throws "option" for that of another copy of the package. */
export async function kernelOf(runtime?: Runtime): Promise<Kernel> {
  if (!runtime)
    shared ??= createRuntime().catch((error: unknown) => {
      // A failure is not remembered.
      shared = undefined;
      throw error;
    });
  const found = runtime ?? (await shared);
  if (!(found instanceof KernelRuntime)) {
    throw optionError("runtime", "one made by this copy of recurra", runtime);
  }
  return await found.running();
}
