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

/** What a worker was asked for. */
interface Task {
  /** Answers that are still to come. */
  left: number;
  readonly heard: (answer: unknown) => void;
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
  /** In the order in which a worker answers: that of the questions. */
  const tasks: Task[] = [];
  let ended = false;
  let room: Floats | undefined;

  /** Ends the worker; what it was asked for comes to nothing. */
  const drop = (cause: unknown) => {
    line?.end();
    line = ready = undefined;
    for (const { failed } of tasks.splice(0)) failed(cause);
  };

  const message = (answer: unknown) => {
    const [task] = tasks;
    if (!task) return;
    task.heard(answer);
    if (--task.left > 0) return;
    tasks.shift();
    line?.hold(tasks.length > 0);
    task.done();
  };

  /** Resolves when so many answers were heard; rejects if the worker is lost before. */
  const ask = <T>(
    question: Start | Work,
    transfer: ArrayBuffer[],
    left: number,
    heard: (answer: T) => void,
  ) =>
    new Promise<void>((done, failed) => {
      if (!line) throw new Error("the worker ended");
      line.post(question, transfer);
      tasks.push({ left, heard: heard as Task["heard"], done, failed });
      line.hold(true);
    });

  async function open(): Promise<void> {
    const timer = setTimeout(() => drop(new Error(`no answer within ${PATIENCE} ms`)), PATIENCE);
    let abi: number | undefined;
    try {
      version = NONE;
      line = openLine(create, { message, lost: drop });
      await ask<Ready>(start, [], 1, ({ ready }) => {
        abi = ready;
      });
    } finally {
      clearTimeout(timer);
    }
    if (abi !== ABI) throw new Error(`expected interface version ${ABI}, got ${abi}`);
  }

  const member = {
    /** Resolves when the worker is there; rejects with the reason why there is none. */
    async start(): Promise<void> {
      if (ended) throw disposedError("workers");
      ready ??= open().catch((cause) => {
        drop(cause);
        throw cause;
      });
      await ready;
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
          await member.start();
          // What was on its way to a worker that is lost is lost with it.
          const left = passes
            .slice(next)
            .map((pass) => (pass.gradients?.byteLength ? pass : { ...pass, gradients: undefined }));
          const buffers = left.flatMap(({ gradients }) => gradients?.buffer ?? []);
          let parameters: Floats | undefined;
          if (version !== model.version) {
            version = model.version;
            parameters = model.copy(room);
            buffers.push(parameters.buffer);
            room = undefined;
          }
          return await ask<Reply>({ parameters, passes: left }, buffers, left.length, (answer) => {
            room ??= answer.parameters;
            reply(next++, answer);
          });
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
      drop(disposedError("workers"));
    },
  };
  return member;
}
