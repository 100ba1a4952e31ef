/** What one call of `recurra bench` found, as `--json` prints it. Scripts are built on these names. */
import type { SweepResult } from "../../../bench/sweep.js";
import type { PeerResult } from "./compare.js";
import type { MemoryResult } from "./memory.js";
import type { Rate } from "./rates.js";
import type { RelaxedResult } from "./relaxed.js";
import type { ScalingResult } from "./scaling.js";
import type { StartupResult } from "./startup.js";

export interface Document {
  /** Of recurra. */
  readonly version: string;
  /** When it began, as ISO 8601. */
  readonly date: string;
  /** Platform, release and architecture. */
  readonly system: string;
  readonly cpu: string;
  readonly engine: string;
  /** null outside a checkout. */
  readonly commit: string | null;
  readonly kernel: string;
  /** That train the workloads; 0 without. Shares of the peak are of one core's, however many there are. */
  readonly workers: number;
  /** For the samples of each part, where that was asked for. */
  readonly seconds?: number;
  /** null where no workload was timed. */
  readonly peakGflops: number | null;
  readonly workloads: readonly Rate[];
  readonly peers: readonly PeerResult[];
  /** The core of the processes that were compared; null if they could not be pinned. */
  readonly core?: number | null;
  readonly scaling?: readonly ScalingResult[];
  /** null where the engine has no relaxed SIMD. */
  readonly relaxed?: readonly RelaxedResult[] | null;
  readonly startup?: StartupResult;
  readonly memory?: MemoryResult;
  readonly sweep?: SweepResult;
  /** Parts that could not be carried out, and why. */
  readonly failures?: Readonly<Record<string, string>>;
}

/** Everything beside the workloads, in the order in which it runs and is printed. */
export const partNames = ["scaling", "relaxed", "startup", "memory", "sweep"] as const;
export type PartName = (typeof partNames)[number];
