/** A file, or standard input, as text. */
import { fstatSync, readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import { RecurraError } from "../../index.js";
import { readFile } from "../../io/files.js";
import { decodeText } from "../corpus.js";
import { bytes as inBytes } from "../format.js";

/** A text and what to call it in messages. */
export interface Source {
  /** As it was given: a path, or "standard input". */
  readonly name: string;
  /** Without a byte order mark; every line ends in \n. */
  readonly text: string;
}

/** Bytes of a file, at most: as numbers, with what parsing needs, they still fit into the memory Node allows itself. */
export const mostBytes = 256 * 2 ** 20;

const refuse = (message: string): RecurraError => new RecurraError({ code: "format", message });

/** Refuses what is too large before it is read. Whatever else may be wrong with the path, reading it says. */
export function checkSize(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > mostBytes) throw tooLarge(path, size);
}

const tooLarge = (name: string, size: number): RecurraError =>
  refuse(`${name} has ${inBytes(size)}; at most ${inBytes(mostBytes)} are read: take a part of it`);

/** FILE, or standard input where it is "-". `hint` says what to do about a file that is no text. */
export function readSource(path: string, hint = "; numbers and tables have to be UTF-8 text"): Source {
  const name = path === "-" ? "standard input" : path;
  if (path !== "-") checkSize(path);
  if (extname(path) === ".gz") throw refuse(`${path} is compressed; unpack it first (gunzip)`);
  const content = path === "-" ? readStandardInput() : readFile(path);
  if (content.length > mostBytes) throw tooLarge(name, content.length);
  const text = decodeText(name, content, hint);
  return { name, text: text.replace(/\r\n?/g, "\n") };
}

function readStandardInput(): Uint8Array<ArrayBuffer> {
  if (fstatSync(0).isDirectory() || process.stdin.isTTY)
    throw refuse("standard input is a terminal; hand over a file: recurra predict MODEL - < FILE");
  return new Uint8Array(readFileSync(0));
}
