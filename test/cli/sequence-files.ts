/** Files of made-up sequences, and what the command line says about them in JSON. */
import { expect } from "vitest";
import { type Result, recurra } from "./program.js";

export const small = ["--hidden-size", "12", "--seed", "1"];

/** A sum of two waves around 1000, every quarter of a second. */
export const level = (i: number): number => 1000 + 50 * Math.sin(i / 4) + 20 * Math.cos(i / 9);
export const series = (from: number, to: number, row: (i: number) => readonly unknown[]): string =>
  Array.from({ length: to - from }, (_, i) => `${row(from + i).join(",")}\n`).join("");
/** Rising or falling, with a label that says which: lengths from 5 to 12. */
export const ramp = (i: number, label: unknown): object => ({
  id: `s${i}`,
  x: Array.from({ length: 5 + (i % 8) }, (_, t) => [((i * 7) % 10) + (i % 2 ? t : -t), (i * t) % 3]),
  ...(label === undefined ? {} : { y: label }),
});
export const jsonl = (lines: readonly object[]): string =>
  `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

type Document = Record<string, unknown>;

/** Commands in a folder; those that answer in JSON have to succeed. */
export function documents(cwd: string): {
  run: (...args: string[]) => Promise<Result>;
  json: (...args: string[]) => Promise<Document>;
  train: (file: string, ...args: string[]) => Promise<Document>;
} {
  const run = (...args: string[]) => recurra(args, { cwd });
  const json = async (...args: string[]): Promise<Document> => {
    const { code, stdout, stderr } = await run(...args, "--json");
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Document;
  };
  return { run, json, train: (file, ...args) => json("train", file, ...small, ...args) };
}

export const heldOutOf = (document: Document): Record<string, number> =>
  document.heldOut as Record<string, number>;
