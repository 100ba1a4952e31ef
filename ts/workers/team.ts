import { disposedError } from "../errors.js";
import type { Internals } from "../models/internals.js";
import { codesOf } from "../options.js";
import type { Floats, WorkersOptions } from "../types.js";
import { NetworkSlot } from "../wasm/slots.js";
import { type Model, makeMember } from "./member.js";
import type { Pass, Reply } from "./protocol.js";

/** Multiply-adds below which messages take longer than computing in this thread: some 0.2 ms. */
const SMALL = 0x80000;
/** Multiply-adds that are rather computed in this thread than waiting for workers to start: some 10 ms. */
const SHORT = 0x1000000;

export type Team = ReturnType<typeof makeTeam>;

/** Whether somebody has been told that there are no workers. */
let told = false;

/**
 * Workers with instances of their own that compute for one network. They start when there is first something to compute
 * for them, and end with `free`.
 *
 * @param shares How many workers can have something to do at the same time.
 */
export function makeTeam(
  found: Internals,
  { count, create }: WorkersOptions,
  { shares, budget = 0 }: { readonly shares: number; readonly budget?: number | undefined },
) {
  const { kernel, network, options } = found;
  const { inputSize, hiddenSize, outputSize } = options;
  const start = kernel.source && {
    ...kernel.source,
    network: [inputSize, hiddenSize, outputSize, ...codesOf(options).slice(0, 5)],
    budget,
  };
  let members = start ? Array.from({ length: Math.min(count, shares) }, () => makeMember(start, create)) : [];
  let starting: Promise<boolean> | undefined;
  let [started, ended] = [false, false];
  const spares: Floats[] = [];
  const model = (): Model => ({
    version: found.changes,
    copy(room) {
      const all = kernel.f32(network, NetworkSlot.PARAMETERS);
      const copy = room ?? new Float32Array(all.length);
      copy.set(all);
      return copy;
    },
  });

  async function open(): Promise<boolean> {
    const ends = await Promise.allSettled(members.map((member) => member.start()));
    if (ended) throw disposedError("workers");
    const there = members.filter((_, i) => ends[i]?.status === "fulfilled");
    for (const member of members) if (!there.includes(member)) member.end();
    members = there;
    started = true;
    const failed = ends.find((end) => end.status === "rejected");
    if (failed && !told) {
      told = true;
      console.warn(
        `recurra: ${there.length} of ${ends.length} workers could be started (${failed.reason}); ` +
          `${there.length > 0 ? "they compute all" : "this thread computes all"}, with the same result`,
      );
    }
    return there.length > 0;
  }

  const team = {
    /** How many workers there are. */
    get size(): number {
      return members.length;
    },

    /**
     * Whether this work is for workers, which start in the background: small work is not, and neither is short work while
     * they start.
     *
     * @param work Multiply-adds.
     */
    takes(work: number): boolean {
      if (members.length === 0 || work < SMALL) return false;
      void team.ready().catch(() => {});
      return started || work >= SHORT;
    },

    /** Waits for the workers; false if there are none. */
    ready(): Promise<boolean> {
      starting ??= open();
      return starting;
    },

    /** Computes one pass in the worker of this number, counted round and round. Rejects as `run` does. */
    async one(index: number, pass: Pass): Promise<Reply> {
      let result: Reply | undefined;
      await members[index % members.length]?.run(model(), [pass], (_, reply) => {
        result = reply;
      });
      return result as Reply;
    },

    /**
     * Computes passes, shared out by their rows; `reply` hears of each, in any order, and must not throw. Rejects with
     * "worker-lost" when a worker was lost and the one in its place too, with "disposed" after `free`.
     *
     * @returns How many workers had a share.
     */
    async run(passes: readonly Pass[], reply: (index: number, reply: Reply) => void): Promise<number> {
      const now = model();
      const shares = shareOut(
        passes.map(({ rows }) => rows),
        members.length,
      );
      const ends = await Promise.allSettled(
        shares.map((share, i) =>
          members[i]?.run(
            now,
            share.map((at) => passes[at] as Pass),
            (at, answer) => reply(share[at] as number, answer),
          ),
        ),
      );
      const failed = ends.find((end) => end.status === "rejected");
      if (failed) throw failed.reason;
      return shares.length;
    },

    /** Room for gradients that is not in use, if there is some. */
    spare: (): Floats | undefined => spares.pop(),
    /** Gradients that are not needed any more. */
    giveBack(gradients: Floats): void {
      spares.push(gradients);
    },

    /** Ends all workers. */
    free(): void {
      ended = true;
      for (const member of members) member.end();
    },
  };
  return team;
}

/** Indices for each of at most `count` workers: the largest first, each to whoever has the least; none gets nothing. */
export function shareOut(sizes: readonly number[], count: number): number[][] {
  const shares = Array.from({ length: Math.min(count, sizes.length) }, () => ({
    sum: 0,
    list: [] as number[],
  }));
  const order = [...sizes.keys()].sort((a, b) => (sizes[b] as number) - (sizes[a] as number));
  for (const index of order) {
    const least = shares.reduce((a, b) => ((b.sum - a.sum || b.list.length - a.list.length) < 0 ? b : a));
    least.sum += sizes[index] as number;
    least.list.push(index);
  }
  return shares.map(({ list }) => list.sort((a, b) => a - b));
}
