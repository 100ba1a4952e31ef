/**
 * Files on disk, for programs in Node, Deno and Bun: `Rnn.load(readFile(path))`, `writeFileAtomic(path, rnn.save())`.
 *
 * @packageDocumentation
 */
import * as files from "../io/files.js";

/** The whole content of a file. Throws "environment", with the reason, where it cannot be read. */
export function readFile(path: string): Uint8Array<ArrayBuffer> {
  return files.readFile(path);
}

/**
 * Writes a file so that its name holds either the old content or the new, whatever happens: a temporary file beside it,
 * fsync, rename, fsync of the folder. A link is followed. Throws "environment", with the reason, where that is not possible.
 */
export function writeFileAtomic(path: string, content: Uint8Array | string): void {
  files.writeFileAtomic(path, content);
}
