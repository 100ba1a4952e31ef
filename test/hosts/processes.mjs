// Programs with a time limit, which end with all that they started.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

/** Thrown by a cell whose host is not there: reported as skipped, with the reason. */
export class Skip extends Error {}

/** The first of these files that is there; otherwise the cell is skipped. */
export function need(what, ...files) {
  const found = files.find((file) => file !== undefined && existsSync(file));
  if (found === undefined) throw new Skip(`${what} is not installed`);
  return found;
}

/** Starts a program: `{ done: Promise<{ code, text }>, text(), end() }`. Never rejects. */
export function start(command, args, { cwd, env = {}, seconds = 240 } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, CI: "1", NO_COLOR: "1", ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (part) => {
      text += part;
    });
  const end = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  };
  const timer = setTimeout(() => {
    text += `\n(ended after ${seconds} s)`;
    end();
  }, seconds * 1000);
  const done = new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: 127, text: String(error) }));
    child.on("close", (code) => resolve({ code: code ?? 1, text }));
  }).finally(() => clearTimeout(timer));
  return { done, end, text: () => text };
}

/** Runs a program to its end and returns what it wrote; throws for an exit code other than 0. */
export async function finish(command, args, options) {
  const { code, text } = await start(command, args, options).done;
  if (code !== 0) throw new Error(`exit ${code}: ${text.trim().slice(-1500)}`);
  return text;
}

/** The answer of a server that is just starting. */
export async function ask(url, server, seconds = 120) {
  const until = Date.now() + seconds * 1000;
  let ended = false;
  server.done.then(() => {
    ended = true;
  });
  for (;;) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (ended || Date.now() > until) throw new Error(`no answer (${error}): ${server.text().slice(-1500)}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
