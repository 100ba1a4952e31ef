import { spawn } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RecurraError } from "../../ts/index.js";
import { checkWritable, type FileSystem, makeFolder, readFile, writeFileAtomic } from "../../ts/io/files.js";
import { root, workFolder } from "./program.js";

const old = "what was there before";
let folder: ReturnType<typeof workFolder>;
beforeEach(() => {
  folder = workFolder();
});
afterEach(() => folder.remove());

/** The error that a call throws. */
function errorOf(work: () => void): RecurraError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(RecurraError);
    return error as RecurraError;
  }
  throw new Error("expected an error");
}

/** node:fs, but call number `at` of those that change or make something fails; counts the calls. */
function failing(at: number, code: string): FileSystem & { calls: number } {
  const wrapped = { calls: 0 } as { calls: number } & Record<string, unknown>;
  for (const name of [
    "openSync",
    "writeSync",
    "fsyncSync",
    "closeSync",
    "renameSync",
    "realpathSync",
  ] as const) {
    wrapped[name] = (...args: unknown[]) => {
      wrapped.calls += 1;
      if (wrapped.calls === at) {
        // A failing close has closed all the same.
        if (name === "closeSync") fs.closeSync(args[0] as number);
        throw Object.assign(new Error(`${code}: made up`), { code });
      }
      if (name === "writeSync")
        return fs.writeSync(
          args[0] as number,
          args[1] as Uint8Array,
          args[2] as number,
          Math.min(args[3] as number, 1000),
        );
      return (fs[name] as (...args: unknown[]) => unknown)(...args);
    };
  }
  wrapped.unlinkSync = fs.unlinkSync;
  wrapped.readdirSync = fs.readdirSync;
  return wrapped as unknown as FileSystem & { calls: number };
}

describe("writeFileAtomic", () => {
  const content = new Uint8Array(10_000).map((_, i) => i % 251);

  it("writes bytes and text, new and over old, and leaves nothing else", () => {
    const path = folder.file("a.bin", old);
    writeFileAtomic(path, content);
    expect(new Uint8Array(fs.readFileSync(path))).toEqual(content);
    writeFileAtomic(join(folder.path, "b.txt"), "Ahab — “Aye!”");
    expect(fs.readFileSync(join(folder.path, "b.txt"), "utf8")).toBe("Ahab — “Aye!”");
    expect(fs.readdirSync(folder.path).sort()).toEqual(["a.bin", "b.txt"]);
  });

  it("keeps the old file whole and tidies up, whichever call fails", () => {
    const path = folder.file("a.bin", old);
    const counted = failing(0, "");
    writeFileAtomic(path, content, counted);
    // realpath, open, 10 writes, fsync, close, rename, and open, fsync, close of the folder.
    expect(counted.calls).toBe(18);
    for (let at = 1; at <= counted.calls; at++) {
      fs.writeFileSync(path, old);
      const error = errorOf(() => writeFileAtomic(path, content, failing(at, "ENOSPC")));
      expect(error.code).toBe("environment");
      expect(error.message).toBe(`cannot write ${path}: no space left on the device (ENOSPC)`);
      expect((error.cause as NodeJS.ErrnoException).code).toBe("ENOSPC");
      expect(fs.readdirSync(folder.path)).toEqual(["a.bin"]);
      // The rename is call 15: what comes after it only makes it last.
      const now = new Uint8Array(fs.readFileSync(path));
      expect(now).toEqual(at <= 15 ? new Uint8Array(Buffer.from(old)) : content);
    }
  });

  it("replaces the file behind a link, not the link", () => {
    const path = folder.file("real.bin", old);
    const link = join(folder.path, "link.bin");
    fs.symlinkSync("real.bin", link);
    writeFileAtomic(link, content);
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(new Uint8Array(fs.readFileSync(path))).toEqual(content);
  });

  it("removes temporary files of processes that are gone, and no others", () => {
    const path = folder.file("a.bin", old);
    // No process has a number above 2²².
    for (const name of [".a.bin.4194999-1.tmp", ".a.bin.4194999-2.tmp"]) folder.file(name, "half");
    const kept = [`.a.bin.${process.ppid}-1.tmp`, ".b.bin.4194999-1.tmp", ".a.bin.x.tmp", "a.bin.tmp"];
    for (const name of kept) folder.file(name, "not ours to remove");
    writeFileAtomic(path, content);
    expect(fs.readdirSync(folder.path).sort()).toEqual([...kept, "a.bin"].sort());
  });

  it("leaves the old or the new file when the process is killed at any time", async () => {
    const path = folder.file("a.bin", "0".repeat(400_000));
    // The module as JavaScript, so that a process of its own can run it.
    const source = fs.readFileSync(join(root, "ts/io/files.ts"), "utf8");
    const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    const module = folder.file(
      "files.mjs",
      ts
        .transpileModule(source, { compilerOptions: options })
        .outputText.replace(/import .*index\.js";/, "class RecurraError extends Error {}"),
    );
    const script = `import { writeFileAtomic } from ${JSON.stringify(pathToFileURL(module).href)};
      process.stdout.write("ready");
      for (let i = 1; ; i++) writeFileAtomic(${JSON.stringify(path)}, String(i % 10).repeat(400_000));`;
    let changed = 0;
    for (let cycle = 0; cycle < 12; cycle++) {
      const before = fs.readFileSync(path, "utf8");
      const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = new Promise((resolve) => child.on("close", resolve));
      await new Promise((resolve) => child.stdout.once("data", resolve));
      await new Promise((resolve) => setTimeout(resolve, 3 * cycle));
      child.kill("SIGKILL");
      await ended;
      const after = fs.readFileSync(path, "utf8");
      expect(after).toBe(after.slice(0, 1).repeat(400_000));
      if (after !== before) changed += 1;
    }
    expect(changed).toBeGreaterThan(0);
    writeFileAtomic(path, "done");
    expect(fs.readdirSync(folder.path).sort()).toEqual(["a.bin", "files.mjs"]);
  });
});

describe("other files", () => {
  it("says what cannot be read and why", () => {
    expect(errorOf(() => readFile(join(folder.path, "none"))).message).toMatch(
      /^cannot read .*none: no such file or folder \(ENOENT\)$/,
    );
    expect(errorOf(() => readFile(folder.path)).message).toMatch(/: it is a folder \(EISDIR\)$/);
  });

  it("makes folders, and refuses where a file is in the way", () => {
    const deep = join(folder.path, "x/y/z");
    makeFolder(deep);
    makeFolder(deep);
    checkWritable(deep);
    expect(fs.readdirSync(deep)).toEqual([]);
    const file = folder.file("file", "");
    expect(errorOf(() => makeFolder(file)).message).toMatch(/a file of that name is there \(EEXIST\)$/);
    expect(errorOf(() => makeFolder(join(file, "below"))).message).toMatch(/\(ENOTDIR\)$/);
    expect(errorOf(() => checkWritable(join(folder.path, "none"))).message).toMatch(/\(ENOENT\)$/);
  });

  it.runIf(process.platform === "linux")("does not hang on a file system that makes no folders", () => {
    expect(errorOf(() => makeFolder("/proc/recurra/below")).code).toBe("environment");
  });
});
