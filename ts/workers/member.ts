import { disposedError, failure } from "../errors.js";
import type { Floats, WorkerLike } from "../types.js";
import { ABI } from "../wasm/slots.js";
import { type Line, openLine } from "./line.js";
import type { Pass, Ready, Reply, Start, Work } from "./protocol.js";

/** The parameters that passes are computed with. */
export interface Model {
  /** Another number for other parameters. */
  readonly version: number;
  /** A copy of them all in the kernel's layout, in `room` if there is some. */
  copy(room: Floats | undefined): Floats;
}

/** Milliseconds until a worker that says nothing is given up. */
const PATIENCE = 10_000;
/** No parameters yet. */
const NONE = -1;

export type Member = ReturnType<typeof makeMember>;

/** What is under way in a worker. */
interface Task {
  readonly id: number;
  /** Passes without a reply yet. */
  left: number;
  readonly reply: (reply: Reply) => void;
  readonly done: () => void;
  readonly failed: (cause: unknown) => void;
}

/**
 * One worker: started when it is first needed, and anew if it was lost. It holds the program in being only while something
 * is waited for.
 */
export function makeMember(start: Start, create: (() => WorkerLike) | undefined) {
  let line: Line | undefined;
  let ready: Promise<void> | undefined;
  let version = NONE;
  let task: Task | undefined;
  /** Rejects what waits for the start. */
  let refuse: ((cause: unknown) => void) | undefined;
  let ids = 0;
  let ended = false;
  let room: Floats | undefined;

  /** What was under way comes to nothing. */
  const drop = (cause: unknown) => {
    line = ready = undefined;
    version = NONE;
    refuse?.(cause);
    task?.failed(cause);
    task = undefined;
  };

  const open = (): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        line?.end();
        drop(new Error(`no answer within ${PATIENCE} ms`));
      }, PATIENCE);
      const settled = () => {
        clearTimeout(timer);
        refuse = undefined;
      };
      refuse = (cause) => {
        settled();
        reject(cause);
      };
      const message = (data: unknown) => {
        const { ready: abi } = data as Ready;
        if (abi === undefined) return heard(data as Reply);
        settled();
        if (abi === ABI) return resolve();
        reject(new Error(`expected interface version ${ABI}, got ${abi}`));
        line?.end();
        drop(undefined);
      };
      try {
        line = openLine(create, { message, lost: drop });
        line.hold(false);
        line.post(start, []);
      } catch (cause) {
        line?.end();
        drop(cause);
      }
    });

  const heard = (reply: Reply) => {
    if (!task || reply.id !== task.id) return;
    room ??= reply.parameters;
    const { reply: tell, done } = task;
    tell(reply);
    if (--task.left > 0) return;
    task = undefined;
    line?.hold(false);
    done();
  };

  const send = (model: Model, passes: readonly Pass[], reply: (reply: Reply) => void): Promise<void> =>
    new Promise<void>((done, failed) => {
      if (!line) return failed(new Error("the worker ended"));
      const id = ++ids;
      task = { id, left: passes.length, reply, done, failed };
      line.hold(true);
      let parameters: Floats | undefined;
      if (version !== model.version) {
        parameters = model.copy(room);
        room = undefined;
        version = model.version;
      }
      const buffers = passes.flatMap(({ gradients }) => (gradients ? [gradients.buffer] : []));
      if (parameters) buffers.push(parameters.buffer);
      line.post({ id, parameters, passes } satisfies Work, buffers);
    });

  const member = {
    /** Resolves when the worker is there; rejects with the reason why there is none. */
    start(): Promise<void> {
      if (ended) return Promise.reject(disposedError("workers"));
      if (ready) return ready;
      const opening = open();
      ready = opening;
      opening.catch(() => {
        if (ready === opening) ready = undefined;
      });
      return opening;
    },

    /**
     * Computes passes, at least one, one after the other; `reply` hears of each and must not throw. A worker that is lost
     * on the way is replaced once, by one that computes what is left. Rejects with "worker-lost" if that is lost too, with
     * "disposed" after `end`.
     */
    async run(model: Model, passes: readonly Pass[], reply: (index: number, reply: Reply) => void) {
      let next = 0;
      for (let attempt = 0; ; attempt++) {
        try {
          const there = member.start();
          line?.hold(true);
          await there;
          const left = passes.slice(next).map(({ gradients, ...pass }) => ({
            ...pass,
            // What was on its way to a worker that is lost is lost with it.
            gradients: gradients?.byteLength ? gradients : undefined,
          }));
          return await send(model, left, (answer) => reply(next++, answer));
        } catch (cause) {
          if (ended) throw disposedError("workers");
          if (attempt > 0)
            throw failure("worker-lost", `worker: expected one that goes on, got two that ended (${cause})`, {
              cause,
            });
        }
      }
    },

    /** Ends the worker; nothing more can be computed. */
    end(): void {
      ended = true;
      line?.end();
      drop(disposedError("workers"));
    },
  };
  return member;
}
