import { expect, it } from "vitest";
import { telling } from "../../../ts/cli/bench/telling.js";

const written = (isTTY: boolean, columns: number): string[] => {
  const lines: string[] = [];
  const out = {
    isTTY,
    columns,
    write: (text: string) => void lines.push(text),
    style: (_: unknown, text: string) => text,
  };
  const { tell, clear } = telling(out);
  tell("W4: repetition 3, tfjs-wasm …");
  clear();
  return lines;
};

it("fits into a narrow terminal, as only one line can be taken away again", () => {
  expect(written(true, 80)).toEqual(["\r\u001b[2KW4: repetition 3, tfjs-wasm …", "\r\u001b[2K"]);
  expect(written(true, 20)).toEqual(["\r\u001b[2KW4: repetition 3, …", "\r\u001b[2K"]);
});

it("says nothing where there is no terminal", () => {
  expect(written(false, 80)).toEqual([]);
});
