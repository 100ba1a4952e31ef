// Finds, and if asked installs, what compiles the kernel: a wasm32 compiler, wasm-pack and wasm-bindgen.
// Tools go into build/tools, never into the person's own folders.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { buildStd, wasmPackVersion } from "./flags.mjs";
import { Failure, inRoot, must, run, say, which } from "./run.mjs";

const target = "wasm32-unknown-unknown";
const debianPackages = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];

/** What a person without a wasm32 compiler can type to get one. */
export function howToGetCompiler() {
  if (which("rustup")) return `rustup target add ${target}`;
  if (which("apt-get")) return `apt-get install --no-install-recommends ${debianPackages.join(" ")}`;
  return `install Rust, then rustup target add ${target}`;
}

/**
 * A compiler that can make wasm32 code: `{ version, source, env }` (source: where its own library's lies), or undefined.
 * Either one that has the wasm32 standard library (rustup with the target), or Debian's rustc-web, which brings
 * the library's source: then `core` and `alloc` are built with the crate. That is enough, as the kernel is no_std,
 * but takes a switch that only RUSTC_BOOTSTRAP unlocks on a stable compiler.
 */
export async function findCompiler() {
  const seen = new Set();
  for (const rustc of [which("rustc"), "/usr/bin/rustc"]) {
    if (!rustc || !existsSync(rustc) || seen.has(rustc)) continue;
    seen.add(rustc);
    const folder = dirname(rustc);
    if (!existsSync(join(folder, "cargo"))) continue;
    const ask = async (...args) => {
      const { code, stdout } = await run(rustc, args, { output: "capture" });
      return code === 0 ? stdout.trim() : "";
    };
    const version = await ask("--version");
    const env = { PATH: `${folder}${delimiter}${process.env.PATH}` };

    const source = join(await ask("--print", "sysroot"), "lib/rustlib/src/rust");
    const library = await ask("--print", "target-libdir", "--target", target);
    if (existsSync(library) && readdirSync(library).some((name) => name.startsWith("libcore-"))) {
      return { version, source, env };
    }
    const linker = ["wasm-ld-22", "wasm-ld"].find((name) => existsSync(join("/usr/bin", name)));
    if (rustc === "/usr/bin/rustc" && existsSync(join(source, "library/core")) && linker) {
      Object.assign(env, buildStd);
      env.CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER = linker;
      return { version, source, env };
    }
  }
  return undefined;
}

/** Packages of Debian's. Only CI may call this: it changes the machine. */
async function installPackages(packages, purpose) {
  say(`installing ${packages.join(" ")}`);
  const quiet = { output: "capture", env: { DEBIAN_FRONTEND: "noninteractive" } };
  await must("refreshing the package lists", "apt-get", ["update", "-qq"], quiet);
  await must(purpose, "apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], quiet);
}

/** Debian's second Rust. Only CI may call this. */
export async function installCompiler() {
  if (!which("apt-get"))
    throw new Failure(`there is no wasm32 compiler, and no apt-get to install one: ${howToGetCompiler()}`);
  await installPackages(debianPackages, "installing a wasm32 compiler");
}

/** Counts instructions (scripts/instructions.mjs). Only CI may call this; without apt-get it does nothing. */
export async function installValgrind() {
  if (!which("valgrind") && which("apt-get")) await installPackages(["valgrind"], "installing valgrind");
}

/** wasm-pack takes the wasm-bindgen on PATH only if it has the version that Cargo.lock names. */
function wasmBindgenVersion() {
  const match = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(readFileSync(inRoot("Cargo.lock"), "utf8"));
  if (!match) throw new Failure("Cargo.lock names no wasm-bindgen: restore the file");
  return match[1];
}

const toolsFolder = inRoot("build/tools");
const tool = (name) => join(toolsFolder, "bin", process.platform === "win32" ? `${name}.exe` : name);

const tools = () => [
  // Its own lock file names a release that is gone, so it cannot be built with --locked.
  { crate: "wasm-bindgen-cli", program: "wasm-bindgen", version: wasmBindgenVersion(), locked: false },
  { crate: "wasm-pack", program: "wasm-pack", version: wasmPackVersion, locked: true },
];

async function missingTools() {
  const missing = [];
  for (const wanted of tools()) {
    const { code, stdout } = await run(tool(wanted.program), ["--version"], { output: "capture" });
    if (code !== 0 || !stdout.includes(wanted.version)) missing.push(wanted);
  }
  return missing;
}

/** The folder with wasm-pack and wasm-bindgen in the right versions, or undefined. */
export const findTools = async () =>
  (await missingTools()).length === 0 ? join(toolsFolder, "bin") : undefined;

/** Builds what is missing, one after the other: they share most of their dependencies. */
export async function installTools(compiler) {
  mkdirSync(toolsFolder, { recursive: true });
  for (const { crate, program, version, locked } of await missingTools()) {
    say(`building ${crate} ${version} into build/tools (once; a minute or two)`);
    // Unoptimised: it compiles in half the time, and the kernel is too small for the tools' speed to matter.
    const args = [
      "install",
      crate,
      "--version",
      version,
      "--root",
      toolsFolder,
      "--debug",
      "--bin",
      program,
      ...(locked ? ["--locked"] : []),
    ];
    await must(`building ${crate}`, "cargo", args, {
      output: "capture",
      cwd: toolsFolder,
      // The person's own cargo first; the one beside the compiler if there is no other.
      env: {
        PATH: [process.env.PATH, compiler.env.PATH].join(delimiter),
        CARGO_TARGET_DIR: join(toolsFolder, "target"),
        CARGO_PROFILE_DEV_DEBUG: "0",
        CARGO_INCREMENTAL: "0",
      },
    });
  }
  rmSync(join(toolsFolder, "target"), { recursive: true, force: true }); // half a gigabyte, of no more use
  return join(toolsFolder, "bin");
}
