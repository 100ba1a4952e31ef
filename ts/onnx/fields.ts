/** What all messages have in common: each field is read, or known to say nothing about numbers, or refused. */
import { formatError, unsupported } from "./errors.js";
import { type Field, fieldsOf, type Part } from "./wire.js";

/** The most nodes, initializers, inputs … of a graph: no exporter needs as many for one layer. */
export const MOST = 1000;
/** The most integers of an attribute, and dimensions of a tensor. */
export const MOST_INTEGERS = 64;

/** Calls a reader for every field that has one; passes over those in `idle`, refuses all others. */
export function eachField(
  what: string,
  message: Part,
  readers: Readonly<Record<number, (field: Field) => unknown>>,
  idle: readonly number[] = [],
): void {
  for (const field of fieldsOf(message)) {
    const read = readers[field.number];
    if (read !== undefined) read(field);
    else if (!idle.includes(field.number))
      throw unsupported(`${what}: expected no field ${field.number}, got one (at byte ${field.offset})`);
  }
}

/** Appends; too many are refused before they take memory. */
export function push<T>(what: string, list: T[], item: T, offset: number, most = MOST): void {
  if (list.length >= most) throw formatError(`${what}: expected at most ${most}, got more`, offset);
  list.push(item);
}
