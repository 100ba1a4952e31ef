import { carry } from "../data/results.js";
import type { Floats } from "../types.js";
import { NetworkSlot, WorkspaceSlot as Slot } from "../wasm/slots.js";
import type { Parcel } from "../workers/parcel.js";
import type { Call, Pass, Reply } from "../workers/protocol.js";
import type { Team } from "../workers/team.js";
import { dialAt, type Machine, type Outcome, updateOnce } from "./update.js";

/** The greatest sum of weights that `workspace_count` takes. */
const MOST = 1e30;

/**
 * {@link updateOnce} by workers, in the same bits: each computes whole shards, as the kernel cuts them; this thread adds
 * their gradients in ascending order and takes the step. Until then, and if anything throws, all is as it was.
 *
 * @param check Throws when the trainer or its network was disposed of meanwhile, or a signal aborted.
 */
export async function updateApart(
  machine: Machine,
  team: Team,
  rate: number,
  update: number,
  check: () => unknown,
): Promise<Outcome> {
  const { found, batches, moments, recipe, frozen } = machine;
  const { kernel, network, options } = found;
  const { inputNoise, seed, clipNorm, memoryBudget } = recipe;
  const { parcels, count, steps } = batches.pack(dialAt(recipe, update), team.size);
  if (count > MOST) return updateOnce(machine, rate, update);
  let [loss, norm, workers] = [Number.NaN, Number.NaN, 0];
  const ended = (kind: Outcome["kind"]): Outcome => ({ kind, loss, norm, steps, workers });
  const learns = count > 0;
  if (!learns && !batches.carries()) {
    batches.advance();
    return ended("skipped");
  }
  const noise: Call[] = inputNoise > 0 ? [["workspace_add_noise", inputNoise, seed, update]] : [];
  const training: Call[] = [["workspace_count", count], ["workspace_train"]];
  const passes = parcels.map(
    ({ pass }): Pass => ({
      ...pass,
      calls: [...noise, ...(learns ? training : pass.calls)],
      learns,
      gradients: learns ? team.spare() : undefined,
    }),
  );
  const replies: Reply[] = [];
  const sum = makeSum(team);
  workers = await team.run(passes, (index, reply) => {
    replies[index] = reply;
    sum.add(index, reply.gradients);
  });
  check();
  for (const { status, details } of replies) kernel.check(status, "fit", memoryBudget, details);
  const advance = () =>
    batches.advance((_, to) => {
      parcels.forEach(({ part }, i) => {
        carry(options, part, replies[i] as Reply, to);
      });
    });
  if (!learns) {
    advance();
    return ended("skipped");
  }
  loss = sumLosses(parcels, replies) / count;
  const total = sum.total();
  if (Number.isFinite(loss)) {
    kernel.f32(network, NetworkSlot.GRADIENTS).set(total);
    norm = moments.step(rate, clipNorm, frozen);
  }
  team.giveBack(total);
  if (!Number.isFinite(norm)) return ended("non-finite");
  advance();
  return ended("applied");
}

/**
 * Gradients of all shards, each added as soon as those before it are there: ((s₀ + s₁) + s₂) + …, the order of the kernel.
 * A sum of two floats is rounded once, to f32: in f64 it has bits to spare.
 */
function makeSum(team: Team) {
  const waiting = new Map<number, Floats>();
  let next = 0;
  let total = new Float32Array(0);
  return {
    add(index: number, gradients: Floats | undefined): void {
      if (gradients) waiting.set(index, gradients);
      for (let shard = waiting.get(next); shard; shard = waiting.get(++next)) {
        waiting.delete(next);
        if (next === 0) {
          total = shard;
          continue;
        }
        addTo(total, shard);
        team.giveBack(shard);
      }
    },
    total: (): Floats => total,
  };
}

/** total += shard. Lengths are multiples of 4, as tensors are padded; four at a time take 0.6 of the time. */
function addTo(total: Floats, shard: Floats): void {
  for (let i = 0; i < total.length; i += 4) {
    total[i] = (total[i] as number) + (shard[i] as number);
    total[i + 1] = (total[i + 1] as number) + (shard[i + 1] as number);
    total[i + 2] = (total[i + 2] as number) + (shard[i + 2] as number);
    total[i + 3] = (total[i + 3] as number) + (shard[i + 3] as number);
  }
}

/** Σ weight · loss over all rows in order, in f64: the sum that the kernel makes. */
function sumLosses(parcels: readonly Parcel[], replies: readonly Reply[]): number {
  let sum = 0;
  parcels.forEach(({ pass: { slots } }, i) => {
    const { stepLosses } = replies[i] as Reply;
    const weights = slots.find(([slot]) => slot === Slot.WEIGHTS)?.[1];
    stepLosses.forEach((loss, row) => {
      const weight = weights ? (weights[row] as number) : 1;
      if (weight !== 0) sum += loss * weight;
    });
  });
  return sum;
}
