/** Files that people bring along: read with care, and refused with the file's name and what was expected. */
import type { Bench } from "./experiment.js";

/** "jsb.json: expected …, got …"; with a line where there is one. */
export function unexpected(file: string, expected: string, got: string, line?: number): Error {
  return new Error(`${file}${line === undefined ? "" : `, line ${line}`}: expected ${expected}, got ${got}`);
}

/** The lines of a text, without empty ones at its end; none in a file of nothing. */
export function linesOf(bench: Bench, file: string): readonly string[] {
  const text = new TextDecoder().decode(bench.file(file)).trimEnd();
  return text === "" ? [] : text.split(/\r?\n/);
}

/** JSON, or an error that says where it is none. */
export function parsed(text: string, file: string, expected: string, line?: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unexpected(file, expected, brief(text), line);
  }
}

/** The beginning of a text, or what kind of thing a value is, as an error message names it. */
export function brief(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text.trim() === "") return "nothing";
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
