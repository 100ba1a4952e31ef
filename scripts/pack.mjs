// The package as npm would publish it, and what must hold for it.
import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { currentKernel, readPrebuilt } from "./kernel.mjs";
import { Failure, inRoot, npm, runTool, say } from "./run.mjs";
import { IMPORT, readNumber, wasmSections } from "./wasm.mjs";

const folder = inRoot("build/pack");

/** Packs into build/pack/recurra.tgz and returns its path. */
export async function pack() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { code, stdout, stderr } = await npm(
    ["pack", "--ignore-scripts", "--json", "--pack-destination", folder],
    {
      output: "capture",
    },
  );
  if (code !== 0) {
    say(stderr);
    throw new Failure("npm pack failed: see its message above");
  }
  const file = inRoot("build/pack/recurra.tgz");
  renameSync(inRoot("build/pack", JSON.parse(stdout)[0].filename), file);
  return file;
}

const importCount = (bytes) => {
  const section = [...wasmSections(bytes)].find(({ id }) => id === IMPORT);
  return section ? readNumber(bytes, section.body).value : 0;
};

/** Each check as `{ name, ok, detail }`, or `{ name, skipped: why }`. */
export async function checkPackage(file) {
  const checks = [];
  const add = (name, ok, detail = "") => checks.push({ name, ok, detail });

  for (const name of ["kernel.wasm", "kernel-relaxed.wasm"]) {
    const count = importCount(readFileSync(inRoot("dist", name)));
    add(`${name} imports nothing`, count === 0, `${count} imports`);
  }
  const portable = ["index.js", "index.workerd.js", "index.edge-light.js"];
  for (const name of [...portable, "slim.js", "slim-start.js", "slim-training.js"]) {
    const entry = readFileSync(inRoot("dist", name), "utf8");
    add(`${name} needs no Node module`, !/(from|import|require)\s*\(?\s*["']node:/.test(entry));
  }
  const { dependencies = {}, scripts } = JSON.parse(readFileSync(inRoot("package.json"), "utf8"));
  const installs = ["preinstall", "install", "postinstall", "prepare"].filter((name) => name in scripts);
  add("no dependency, no install script", Object.keys(dependencies).length + installs.length === 0);

  const tool = async (name, args, binName) => {
    const { code } = await runTool(name, args, {}, binName);
    add(binName, code === 0);
  };
  await tool("publint", ["run", file, "--strict"], "publint");
  const excluded = ["kernel.wasm", "kernel-relaxed.wasm", "worker.js"];
  await tool(
    "@arethetypeswrong/cli",
    [file, "--profile", "esm-only", "--exclude-entrypoints", ...excluded],
    "attw",
  );
  // The budgets stand in .size-limit.json. They hold for the kernel that is published; another compiler than the one
  // that made it may not be able to leave out the messages of panics (buildStd in flags.mjs).
  const kernel = currentKernel();
  const other = kernel?.origin === "source" && kernel.compiler !== readPrebuilt()?.compiler;
  if (other) checks.push({ name: "size-limit", skipped: `the kernel was made by ${kernel.compiler}` });
  else await tool("size-limit", [], "size-limit");
  return checks;
}
