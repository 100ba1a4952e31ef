/** Progress of experiments: one moving line on a terminal, a plain line every few seconds elsewhere. */
import type { Output } from "../terminal.js";
import { movingLine } from "./printing.js";

const plainEvery = 5000;
const movingEvery = 90;

export class LabLine {
  #shown = false;
  #last = performance.now();
  #now = { name: "", place: 0, count: 0 };

  constructor(
    private readonly out: Output,
    private readonly count: number,
  ) {}

  start(name: string, place: number): void {
    this.#now = { name, place, count: this.count };
    this.#last = this.out.isTTY ? Number.NEGATIVE_INFINITY : performance.now();
    this.show(0, "");
  }

  /** Shows it if it is time to. */
  show(share: number, what: string): void {
    const time = performance.now();
    if (time - this.#last < (this.out.isTTY ? movingEvery : plainEvery)) return;
    this.#last = time;
    if (this.out.isTTY) {
      this.out.write(`\r\u001b[2K${movingLine(this.#now, share, what, this.out)}`);
      this.#shown = true;
    } else this.out.write(`${this.#now.name}: ${Math.floor(share * 100)} %, ${what}\n`);
  }

  /** Takes the moving line away. */
  clear(): void {
    if (this.#shown) this.out.write("\r\u001b[2K");
    this.#shown = false;
  }
}
