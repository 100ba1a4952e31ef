import { disposeSymbol } from "../dispose.js";
import { disposedError, failure, optionError } from "../errors.js";
import type { ResolvedOptions } from "../options.js";
import type { Kernel } from "../wasm/kernel.js";

/** What training and streams need of a network and users do not see. */
export interface Internals {
  readonly kernel: Kernel;
  /** Handle of the network. */
  readonly network: number;
  readonly options: ResolvedOptions;
  /** What is changing the parameters over several turns of the event loop ("fit", "run"), if anything is. */
  holder: string | undefined;
  /** How often the parameters were changed: a tape is good only for those it was made with. */
  changes: number;
}

/** What is known of an {@link Owner}. */
export interface Entry {
  /** Its name in messages. */
  readonly what: string;
  readonly found: Internals;
  /** The network it was made from, which is not collected while this is in use. */
  readonly rnn?: Owner;
  /** Runs once: at `dispose()`, or when the owner was forgotten without it. Must not refer to the owner. */
  free: (() => void) | undefined;
}

const entries = new WeakMap<Owner, Entry>();
// Only a backstop, as nobody knows when something is collected.
const collected = new FinalizationRegistry<() => void>((free) => free());

/** The owner of something in the kernel: a network, or what was made from one. */
export abstract class Owner implements Disposable {
  /** @param entry What is known of it: an `Entry`, of which public types say nothing. */
  constructor(entry: object) {
    entries.set(this, entry as Entry);
    collected.register(this, (entry as Entry).free as () => void, this);
  }

  /** Gives the memory back. Idempotent. Everything made from it throws "disposed" from then on. */
  dispose(): void {
    const entry = entries.get(this) as Entry;
    entry.free?.();
    entry.free = undefined;
    collected.unregister(this);
  }

  [disposeSymbol](): void {
    this.dispose();
  }
}

/**
 * The insides of a network, or of the network that something was made from. Throws "disposed" after dispose of either,
 * "kernel-terminated" after a trap, "option" for anything else, such as the network of another copy of the package.
 *
 * @param change What is about to change parameters, or to read them while they must not change: throws "busy" if the
 * network is being trained.
 */
export function internals(owner: Owner, change?: string): Internals {
  const entry = entries.get(owner);
  if (!entry) throw optionError("rnn", "one made by this copy of recurra", owner);
  const { what, found, rnn, free } = entry;
  if (!free) throw disposedError(what);
  if (rnn) internals(rnn);
  void found.kernel.exports; // throws when the instance is gone
  if (change && found.holder)
    throw failure("busy", `${change}: expected an idle network, got one that ${found.holder} is using`);
  return found;
}

/** Runs what uses the network over several turns of the event loop, as `holder`. */
export async function hold<T>(found: Internals, holder: string, run: () => Promise<T>): Promise<T> {
  found.holder = holder;
  try {
    return await run();
  } finally {
    found.holder = undefined;
  }
}
