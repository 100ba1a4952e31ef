/** What the examples are run with: the model that the library writes, and folders with the package installed. */
import type { ChildProcess } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { execute, freshDist, root } from "../cli/program.js";

export const examples = join(root, "examples");
export const kernel = join(root, "dist/kernel.wasm");

/** Whether a program answers; one that is absent, or fails, does not. */
export async function answers(program: string, ...args: string[]): Promise<boolean> {
  try {
    return (await execute(program, args)).code === 0;
  } catch {
    return false;
  }
}

/** Runs a program that must end well, and gives what it printed. */
export async function output(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const { code, stdout, stderr } = await execute(program, args, options);
  expect(code, `${program} ${args.join(" ")}\n${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

/** An example, run from the built package, which examples without a package.json of their own find by its name. */
export const runExample = (file: string, ...args: string[]): Promise<string> =>
  output(process.execPath, [join(examples, file), ...args], { cwd: root });

/** Writes the model into a folder; what every host of the bare kernel must print. */
export async function makeModel(folder: string): Promise<{ model: string; expected: string }> {
  await freshDist();
  const model = join(folder, "model.safetensors");
  return { model, expected: await runExample("make-model.mjs", model) };
}

/** Ends a program that was started with `detached: true`, and whatever it started. */
export function end({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Lines of an example's own program. */
export const lineCount = (file: string): number =>
  readFileSync(join(examples, file), "utf8").trimEnd().split("\n").length;

const npm = (cwd: string, ...args: string[]): Promise<string> =>
  output("npm", [...args, "--no-audit", "--no-fund", "--ignore-scripts"], { cwd });

/**
 * Copies an example into `folder` and installs what its package.json names, with the versions of its lock, and recurra
 * from the packed package: the one that is being tested, or one packed now.
 */
export async function install(example: string, folder: string): Promise<void> {
  const skip = /node_modules|dist$/;
  cpSync(join(examples, example), folder, { recursive: true, filter: (path) => !skip.test(path) });
  const file = join(folder, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8")) as { dependencies: Record<string, string> };
  manifest.dependencies.recurra = `file:${await packed(folder)}`;
  writeFileSync(file, JSON.stringify(manifest));
  // In the lock recurra is this repository.
  const lockFile = join(folder, "package-lock.json");
  const lock = JSON.parse(readFileSync(lockFile, "utf8")) as { packages: Record<string, unknown> };
  delete lock.packages["node_modules/recurra"];
  writeFileSync(lockFile, JSON.stringify(lock));
  await npm(folder, "install");
  expect(existsSync(join(folder, "node_modules/recurra/dist/kernel.wasm"))).toBe(true);
}

async function packed(folder: string): Promise<string> {
  const given = process.env.RECURRA_PACKAGE;
  if (given !== undefined) return given;
  await freshDist();
  await npm(folder, "pack", root, "--pack-destination", folder);
  return join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
}
