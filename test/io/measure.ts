/** What a call takes, counted and not timed: blocks of the library's code that run, and bytes of arrays that are made. */
import { Session } from "node:inspector";

export interface Cost {
  /** Runs of blocks of code: bodies of loops, branches, functions. Work inside the engine's own functions is not seen. */
  readonly steps: number;
  /** Bytes of buffers, typed arrays and of lists made by length. Views of what is there are none. */
  readonly bytes: number;
}

/** The code that is counted: the library's own, and what reads protobuf. */
const counted = /\/ts\/[^?]*\.ts|\/node_modules\/pbf\//;

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

const session = new Session();
session.connect();

/** The engine's own inspector answers before the call returns. */
function ask(method: string, params: object = {}): unknown {
  let answer: unknown;
  session.post(method, params, (error, result) => {
    if (error) throw error;
    answer = result;
  });
  return answer;
}

const takeSteps = (): number =>
  (ask("Profiler.takePreciseCoverage") as Coverage).result
    .filter(({ url }) => counted.test(url))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0);

/** Puts something in the place of a property; returns what undoes it. */
function replace(owner: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
  Object.defineProperty(owner, name, { ...before, value });
  return () => Object.defineProperty(owner, name, before);
}

const constructors = [
  ...["ArrayBuffer", "Uint8Array", "Int8Array", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array"],
  ...["Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"],
] as const;
const typed = Object.getPrototypeOf(Uint8Array.prototype) as Record<
  string,
  (...args: unknown[]) => ArrayBuffer
>;

/** Counts the bytes of all arrays from here on; returns what ends it and says how many. */
function watchArrays(): () => number {
  let bytes = 0;
  const undo = constructors.map((name) =>
    replace(
      globalThis,
      name,
      new Proxy(Reflect.get(globalThis, name) as new (...args: unknown[]) => ArrayBuffer, {
        construct(target, args, newTarget) {
          const made = Reflect.construct(target, args, newTarget) as ArrayBuffer;
          if (Object.prototype.toString.call(args[0]) !== "[object ArrayBuffer]") bytes += made.byteLength;
          return made;
        },
      }),
    ),
  );
  for (const name of ["slice", "map", "filter"]) {
    const own = typed[name] as (...args: unknown[]) => ArrayBuffer;
    undo.push(
      replace(typed, name, function (this: unknown, ...args: unknown[]) {
        const made = own.apply(this, args);
        bytes += made.byteLength;
        return made;
      }),
    );
  }
  const from = Array.from;
  undo.push(
    replace(Array, "from", function (this: unknown, ...args: Parameters<typeof from>) {
      const made = from.apply(this, args);
      bytes += 8 * made.length;
      return made;
    }),
  );
  return () => {
    for (const restore of undo) restore();
    return bytes;
  };
}

// From here on: code that was compiled before is not counted block by block, so the library has to be imported after this.
ask("Profiler.enable");
ask("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

/** Bytes of the arrays that a call makes, whether it returns or throws. */
export function bytesOf(run: () => unknown): number {
  const end = watchArrays();
  try {
    run();
  } catch {
    // Whether it may refuse is asked elsewhere.
  }
  return end();
}

/** All that a call costs, whether it returns or throws. */
export function costOf(run: () => unknown): Cost {
  takeSteps();
  const bytes = bytesOf(run);
  return { steps: takeSteps(), bytes };
}
