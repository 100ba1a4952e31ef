/**
 * What is to be reached. Only `recurra bench` looks at these: a test that measures time fails when the machine is busy.
 */

/** Least share of the peak, by workload. */
export function floorOf(workload: string, nodeMajor: number): number | undefined {
  if (workload === "W4") return nodeMajor >= 24 ? 0.68 : 0.62;
  return floors.get(workload);
}

const floors: ReadonlyMap<string, number> = new Map([
  ["W1", 0.76],
  ["W2", 0.9],
  ["W3", 0.92],
  ["W5", 0.88],
  ["W6", 0.85],
]);

/** How many times as fast as other libraries, at least: by workload, then by library. */
const ratios: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  W1: { tuned: 10, torch: 4, jax: 0.8 },
  W2: { torch: 0.5, jax: 0.33 },
  W3: { jax: 0.33 },
  W4: { "ort-web": 5, "ort-node": 8, torch: 2.5, jax: 8 },
  W5: { "ort-web": 2, "ort-node": 1.2 },
};

export const ratioOf = (workload: string, library: string): number | undefined => ratios[workload]?.[library];

/** How many times as fast as the best of the libraries that train in a browser, on these workloads. */
export const webTarget = {
  libraries: ["tfjs-wasm", "tfjs-cpu", "jax-wasm", "brain"],
  workloads: ["W1", "W2", "W3", "W6"],
  ratio: 10,
} as const;

/** Two workers beside none, on these workloads. */
export const scalingTarget = { workloads: ["W2", "W3"], workers: 2, ratio: 1.85 } as const;

/** The relaxed kernel beside the default one where the engine fuses, on these workloads. */
export const relaxedTarget = { workloads: ["W2", "W3", "W5"], nodeMajor: 24, ratio: 1.25 } as const;

/** Milliseconds from the start of a process to a result, above Node's own. */
export const startupTarget = 40;

/** Updates over which training must not take more memory. */
export const steadyUpdates = 10_000;

/** Numbers too small for a normal float take at most so many times as long as ordinary ones. */
export const denormalTarget = 1.25;
