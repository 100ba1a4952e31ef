// Starting other programs, and where things are. Plain Node: this runs before any package is installed.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const inRoot = (...parts) => join(root, ...parts);

/** A failure that one sentence explains; anything else is a bug and keeps its stack. */
export class Failure extends Error {}

/** Notices go to stderr, so that stdout stays what the command is asked for. */
export const say = (text) => process.stderr.write(`${text}\n`);

/** Runs `main` when the file is the program itself, and turns a Failure into its sentence and exit code 1. */
export async function program(url, main) {
  if (process.argv[1] === undefined || fileURLToPath(url) !== process.argv[1]) return;
  try {
    process.exitCode = (await main(process.argv.slice(2))) ?? 0;
  } catch (error) {
    say(error instanceof Failure ? `error: ${error.message}` : error.stack);
    process.exitCode = 1;
  }
}

/**
 * Runs a command and waits for it: `{ code, stdout, stderr }`. Never throws for an exit code; 127 = cannot be started.
 * `output`: "stderr" (default: stdout is kept for what the script itself has to say), "inherit", "capture" (kept and
 * returned) or "both" (shown and returned).
 */
export function run(command, args, { cwd = root, env = {}, output = "stderr" } = {}) {
  const stdio = { stderr: ["ignore", 2, 2], inherit: "inherit" }[output] ?? ["ignore", "pipe", "pipe"];
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio });
    const text = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) {
      child[name]?.setEncoding("utf8").on("data", (chunk) => {
        text[name] += chunk;
        if (output === "both") process.stderr.write(chunk);
      });
    }
    child.on("error", (error) => resolve({ code: 127, ...text, stderr: String(error) }));
    child.on("close", (code, signal) => resolve({ code: code ?? (signal === "SIGINT" ? 130 : 1), ...text }));
  });
}

/** Like `run`, but a failing command is a Failure that says what it was for. */
export async function must(purpose, command, args, options) {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    if (options?.output === "capture") say(result.stdout + result.stderr);
    throw new Failure(`${purpose} failed (${[command, ...args].join(" ")}, exit ${result.code})`);
  }
  return result;
}

/** The full path of a program on PATH, or undefined. */
export function which(name, path = process.env.PATH ?? "") {
  for (const folder of path.split(delimiter)) {
    for (const ending of process.platform === "win32" ? [".exe", ".cmd", ""] : [""]) {
      const file = join(folder, name + ending);
      if (folder !== "" && existsSync(file)) return file;
    }
  }
  return undefined;
}

/** Runs the program of an installed package with this Node: works without a shell and without PATH. */
export function runTool(packageName, args, options, binName = packageName.split("/").at(-1)) {
  const folder = inRoot("node_modules", packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = typeof bin === "string" ? bin : bin[binName];
  return run(process.execPath, [join(folder, file), ...args], options);
}

/** npm itself: the one that started us, else the one beside this Node. */
export function npm(args, options) {
  const beside = dirname(process.execPath);
  const script = [
    process.env.npm_execpath,
    join(beside, "../lib/node_modules/npm/bin/npm-cli.js"),
    join(beside, "../share/nodejs/npm/bin/npm-cli.js"),
    join(beside, "node_modules/npm/bin/npm-cli.js"),
  ].find((file) => file?.endsWith(".js") && existsSync(file));
  return script ? run(process.execPath, [script, ...args], options) : run("npm", args, options);
}
