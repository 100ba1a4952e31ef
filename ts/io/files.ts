/**
 * Files on disk, for programs that run in Node. A write is all or nothing: whatever happens (no space, a signal,
 * a power cut), the name holds either the old content or the new.
 */
import * as nodeFs from "node:fs";
import { basename, dirname, join } from "node:path";
import { RecurraError } from "../index.js";

/** The calls that writing needs; tests pass one that fails. */
export type FileSystem = Pick<
  typeof nodeFs,
  | "openSync"
  | "writeSync"
  | "fsyncSync"
  | "closeSync"
  | "renameSync"
  | "unlinkSync"
  | "readdirSync"
  | "realpathSync"
>;

/** What the commonest system errors mean to the person who gets them. */
const meanings: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EEXIST: "a file of that name is there",
  EFBIG: "the file would be too large for this file system",
  EIO: "the device reports an input/output error",
  EISDIR: "it is a folder",
  ELOOP: "too many symbolic links",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "no such file or folder",
  ENOSPC: "no space left on the device",
  ENOTDIR: "a part of the path is a file, not a folder",
  EPERM: "the operation is not permitted",
  EROFS: "the file system is read-only",
};

/** The system's error code ("ENOSPC"), if the error carries one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** A `RecurraError` ("environment") that says what could not be done to which file and why; the cause is kept. */
function fileError(doing: string, path: string, cause: unknown): RecurraError {
  const code = systemCode(cause);
  const why = code === undefined ? String(cause) : `${meanings[code] ?? "the system refused"} (${code})`;
  return new RecurraError({ code: "environment", message: `cannot ${doing} ${path}: ${why}`, cause });
}

/** The whole content of a file. */
export function readFile(path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(nodeFs.readFileSync(path));
  } catch (error) {
    throw fileError("read", path, error);
  }
}

/** Makes a folder and those above it; one that is there already is fine. */
export function makeFolder(path: string): void {
  try {
    makeWithParents(path);
  } catch (error) {
    throw fileError("make the folder", path, error);
  }
}

/** Not `recursive: true`: Node 20 tries for ever where a folder that exists answers ENOENT, as /proc does. */
function makeWithParents(path: string): void {
  try {
    nodeFs.mkdirSync(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === "EEXIST" && nodeFs.statSync(path).isDirectory()) return;
    if (code !== "ENOENT" || nodeFs.existsSync(dirname(path))) throw error;
    makeWithParents(dirname(path));
    nodeFs.mkdirSync(path);
  }
}

/** Fails now if a file could not be written into this folder later. Leaves nothing behind. */
export function checkWritable(folder: string): void {
  const probe = join(folder, temporaryName("probe"));
  try {
    nodeFs.closeSync(nodeFs.openSync(probe, "wx"));
    nodeFs.unlinkSync(probe);
  } catch (error) {
    throw fileError("write into", folder, error);
  }
}

/**
 * Writes a file atomically: a temporary file in the same folder, fsync, rename, fsync of the folder. A symbolic
 * link keeps pointing where it did; the file behind it is replaced. Temporary files that a killed process left
 * for this name are removed first.
 *
 * Synchronous on purpose: a signal handler cannot run, and so cannot end the process, between the steps.
 */
export function writeFileAtomic(path: string, content: Uint8Array | string, fs: FileSystem = nodeFs): void {
  let temporary: string | undefined;
  try {
    const target = resolveLink(path, fs);
    const folder = dirname(target);
    removeStrays(folder, basename(target), fs);
    temporary = join(folder, temporaryName(basename(target)));
    writeAll(temporary, typeof content === "string" ? Buffer.from(content) : content, fs);
    fs.renameSync(temporary, target);
    temporary = undefined;
    syncFolder(folder, fs);
  } catch (error) {
    if (temporary !== undefined) tryUnlink(temporary, fs);
    throw fileError("write", path, error);
  }
}

let counter = 0;

/** `.NAME.PID-N.tmp`: hidden, recognisable, and never the same twice while the process lives. */
function temporaryName(name: string): string {
  counter += 1;
  return `.${name}.${process.pid}-${counter}.tmp`;
}

function resolveLink(path: string, fs: FileSystem): string {
  try {
    return fs.realpathSync(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return path;
    throw error;
  }
}

function writeAll(path: string, bytes: Uint8Array, fs: FileSystem): void {
  const file = fs.openSync(path, "wx");
  try {
    for (let offset = 0; offset < bytes.length; ) {
      offset += fs.writeSync(file, bytes, offset, bytes.length - offset);
    }
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

/** Makes the rename itself last. Windows cannot open a folder, and keeps its directory entries safe by itself. */
function syncFolder(folder: string, fs: FileSystem): void {
  if (process.platform === "win32") return;
  const handle = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** Temporary files of this name whose process is gone. Tidying up must not stop a save: failures are left alone. */
function removeStrays(folder: string, name: string, fs: FileSystem): void {
  let names: string[];
  try {
    names = fs.readdirSync(folder);
  } catch {
    return;
  }
  for (const candidate of names) {
    if (!candidate.startsWith(`.${name}.`)) continue;
    const match = /^(\d+)-\d+\.tmp$/.exec(candidate.slice(name.length + 2));
    if (match?.[1] !== undefined && !isAlive(Number(match[1]))) tryUnlink(join(folder, candidate), fs);
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== "ESRCH";
  }
}

function tryUnlink(path: string, fs: FileSystem): void {
  try {
    fs.unlinkSync(path);
  } catch {
    // The error that brought us here is the one to report.
  }
}
