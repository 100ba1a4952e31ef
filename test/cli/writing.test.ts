/** What a net writes, early in its training too: it starts where training has been. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contextOf } from "../../ts/cli/writing.js";
import { Rnn, readSafetensors, Vocabulary, writeSafetensors } from "../../ts/index.js";
import { freshDist, recurra, workFolder } from "./program.js";

const folder = workFolder();
const cwd = folder.path;

/** Long paragraphs, so that line ends are rare, and now and then a symbol that is rarer still. */
function paragraphs(length: number): string {
  const words =
    "the and sea whale ship of in a to that his was with calm wind captain never there old man had been over upon white " +
    "deck for some when from water long great this but not all him on at were night which like";
  const list = words.split(" ");
  let state = 7;
  const draw = (count: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) % count;
  };
  let text = "";
  while (text.length < length) {
    const paragraph: string[] = [];
    for (let left = 30 + draw(50); left > 0; left--)
      paragraph.push(list[Math.min(draw(list.length), draw(list.length))] ?? "");
    text += `${paragraph.join(" ").replace(/^./, (letter) => letter.toUpperCase())}.`;
    text += draw(6) === 0 ? ` (${"ZQXV[]*&98765432"[draw(16)]}).\n\n` : "\n\n";
  }
  return text;
}

/** The share of symbols that are rare in the text. */
const rareShare = (text: string): number => text.replace(/[a-z .()\n]/g, "").length / text.length;
const plainText = paragraphs(200_000);
const train = (updates: number, out: string) =>
  recurra(["train", "sea.txt", "--updates", String(updates), "--out", out], { cwd });
const generate = async (model: string, ...args: string[]): Promise<string> => {
  const { stdout, stderr } = await recurra(["generate", model, "--seed", "1", "--json", ...args], { cwd });
  expect(stderr).toBe("");
  return (JSON.parse(stdout) as { text: string }).text;
};

beforeAll(async () => {
  folder.file("sea.txt", plainText);
  await freshDist();
}, 300_000);
afterAll(() => folder.remove());

describe("what a net writes", () => {
  it("reads like what it has learned after a few hundred updates", async () => {
    expect(rareShare(plainText)).toBeLessThan(0.01);
    const { stdout, code } = await train(300, "early");
    expect(code).toBe(0);
    const wrote = /400 characters it wrote ─+\n(.*?)\n── figures/s.exec(stdout)?.[1] ?? "";
    expect(rareShare(wrote), wrote).toBeLessThan(0.05);
    for (const prompt of [[], ["--prompt", "\n"], ["--prompt", "whale"]]) {
      const text = await generate("early", "--length", "1000", ...prompt);
      expect(rareShare(text), text).toBeLessThan(0.05);
    }
  }, 60_000);

  it("comes after the text that stands in the model's metadata, then after the prompt", async () => {
    expect((await train(20, "short")).code).toBe(0);
    const bytes = readFileSync(join(cwd, "short/model.safetensors"));
    const rnn = await Rnn.load(bytes);
    const { vocabulary = "", context = "" } = rnn.options.metadata ?? {};
    const symbols = Vocabulary.fromJSON(vocabulary);
    const read = JSON.parse(context) as number[];
    const before = symbols.decode(read);
    expect(before).toHaveLength(100);
    expect(before.endsWith(".\n\n")).toBe(true);
    expect(plainText.slice(0, 180_000)).toContain(before);
    const expected = (inputs: Int32Array): string =>
      symbols.decode([...rnn.generate({ prompt: { inputs }, steps: 60, temperature: 0.8, seed: 1 })]);
    expect(await generate("short", "--length", "60")).toBe(expected(Int32Array.from(read)));
    expect(await generate("short", "--length", "60", "--prompt", "the ")).toBe(
      expected(symbols.encode(`${before}the `)),
    );

    // A model without it, or with something else there, starts at the end of a line.
    const { tensors, metadata } = readSafetensors(bytes);
    for (const other of [undefined, "[1, 2", "[1, 9999]", "[-1]", '{"a":1}']) {
      const { context: _, ...rest } = metadata;
      const changed = other === undefined ? rest : { ...rest, context: other };
      writeFileSync(join(cwd, "old.safetensors"), writeSafetensors(tensors, changed));
      expect(await generate("old.safetensors", "--length", "60")).toBe(expected(symbols.encode("\n")));
      expect(await generate("old.safetensors", "--length", "60", "--prompt", "the ")).toBe(
        expected(symbols.encode("the ")),
      );
    }
  });
});

describe("contextOf", () => {
  const after = (text: string): string => {
    const vocabulary = Vocabulary.fromText(`${text}ab`);
    return vocabulary.decode(contextOf(vocabulary.encode(text), vocabulary));
  };
  const line = `${"ab".repeat(30)}\n`;

  it.each([
    ["lines", line.repeat(5) + "a".repeat(20), line.repeat(5).slice(-100)],
    ["paragraphs", `${line}\n${line}\n${line}\nb`, `${line}\n${line}\n${line}\n`.slice(-100)],
    ["a line end that nothing follows", line.repeat(3), line.repeat(2).slice(-100)],
    ["no lines", "ab".repeat(200), "ab".repeat(50)],
    ["one line end near the beginning", `a\n${"b".repeat(200)}`, "b".repeat(100)],
    ["less than it takes", "ab".repeat(20), "ab".repeat(20)],
  ])("of %s", (_, text, expected) => expect(after(text)).toBe(expected));

  it("of bytes is made of bytes", () => {
    const bytes = Int32Array.from({ length: 300 }, (_, i) => (i === 250 ? 10 : 200 + (i % 50)));
    expect([...contextOf(bytes, Vocabulary.bytes())]).toEqual([...bytes.subarray(151, 251)]);
  });
});
