import type { WorkerLike } from "../types.js";
import source from "./worker.ts?script";

/** A worker, whatever it is made of. */
export interface Line {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  /** Whether the program waits for it before it ends, where programs end. */
  hold(holds: boolean): void;
  end(): void;
}

/** What a line tells of. */
export interface Listener {
  message(message: unknown): void;
  /** The worker ended or threw; at most once, and not after `end`. */
  lost(cause: unknown): void;
}

/** A Worker of `node:worker_threads`, as far as it is used. */
interface NodeWorker extends WorkerLike {
  on(event: "message" | "error" | "messageerror" | "exit", listener: (value: unknown) => void): unknown;
  ref(): void;
  unref(): void;
}

interface NodeThreads {
  readonly Worker: new (source: string, options: object) => NodeWorker;
}

/** A Web Worker, as far as it is used. */
interface WebWorker extends WorkerLike {
  addEventListener(
    event: "message" | "error" | "messageerror",
    listener: (event: { readonly data?: unknown; readonly message?: string }) => void,
  ): void;
}

/** The parts of a host that workers are made with. */
interface Host {
  readonly process?: { getBuiltinModule?(name: string): NodeThreads | undefined };
  readonly Worker?: new (url: string) => WebWorker;
}

/** What to do where no worker can be made from a Blob. */
const forbidden = (why: unknown) =>
  new Error(`the content security policy has to allow worker-src blob:, or pass workers.create (${why})`);

/**
 * Starts a worker: the caller's, one of `node:worker_threads`, or a Web Worker from a Blob, whichever comes first. Throws
 * where there is none.
 */
export function openLine(create: (() => WorkerLike) | undefined, { message, lost }: Listener): Line {
  let url: string | undefined;
  let over = false;
  const make = (): WorkerLike => {
    const host = globalThis as unknown as Host;
    const threads = host.process?.getBuiltinModule?.("node:worker_threads");
    // Flags of the program, like --import, are not meant for this worker.
    if (threads?.Worker) return new threads.Worker(source, { eval: true, execArgv: [], name: "recurra" });
    if (!host.Worker) throw new Error("this host has no workers");
    url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    try {
      return new host.Worker(url);
    } catch (cause) {
      throw forbidden(cause);
    }
  };
  const worker = (create ?? make)() as NodeWorker | WebWorker;
  /** The Blob's address is needed until the worker has answered. */
  const forget = () => {
    if (url !== undefined) URL.revokeObjectURL(url);
    url = undefined;
  };
  const heard = (data: unknown) => {
    if (over) return;
    forget();
    message(data);
  };
  const end = () => {
    over = true;
    forget();
    worker.terminate();
  };
  const failed = (cause: unknown) => {
    if (over) return;
    end();
    lost(cause);
  };
  if ("on" in worker) {
    worker.on("message", heard);
    worker.on("error", failed);
    worker.on("messageerror", failed);
    worker.on("exit", (code) => failed(new Error(`the worker ended with code ${code}`)));
  } else {
    // A worker that a policy forbids fails without a word.
    const silent = ({ message }: { readonly message?: string }) =>
      failed(
        url === undefined
          ? new Error(message || "the worker failed")
          : forbidden(message || "no reason given"),
      );
    worker.addEventListener("message", ({ data }) => heard(data));
    worker.addEventListener("error", silent);
    worker.addEventListener("messageerror", silent);
  }
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    hold(holds) {
      if ("ref" in worker) worker[holds ? "ref" : "unref"]();
    },
    end,
  };
}
