/** The two ways in which a file can be refused. */
import { RecurraError } from "../index.js";

/** Code "format": the file is wrong, with the byte offset of the fault. */
export const formatError = (message: string, offset: number, cause?: unknown): RecurraError =>
  new RecurraError({ code: "format", message: `${message} (at byte ${offset})`, offset, cause });

/** Code "unsupported": the file is well formed and says something that a network of this library cannot do. */
export const unsupported = (message: string): RecurraError =>
  new RecurraError({ code: "unsupported", message });

/** A name from a file in a few letters, for messages. */
export const quote = (name: string): string =>
  JSON.stringify(name.length > 40 ? `${name.slice(0, 37)}…` : name);

/** `[2, 3]`; of a long list its beginning. */
export const showShape = (shape: readonly (number | string)[]): string =>
  `[${shape.slice(0, 8).join(", ")}${shape.length > 8 ? ", …" : ""}]`;

/** The most axes a tensor can have here, as in most programs. */
export const MOST_AXES = 64;
