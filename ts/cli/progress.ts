/** Progress on stderr: one moving line on a terminal, a plain line every few seconds elsewhere. */
import { duration, grouped, oneLine, short, significant } from "./format.js";
import type { Measure } from "./job.js";
import type { Output } from "./terminal.js";

/** Where training stands. */
export interface Status {
  readonly update: number;
  /** 0 … 1 */
  readonly share: number;
  /** Running mean over recent updates, as the measure shows it. */
  readonly loss: number;
  /** The latest on what is held out. */
  readonly heldOut: number | undefined;
  /** Steps per second. */
  readonly speed: number;
  readonly norm: number;
  /** Seconds. */
  readonly left: number;
}

const plainEvery = 5000;
const movingEvery = 90;

export class ProgressLine {
  #shown = false;
  #last: number;

  constructor(
    private readonly out: Output,
    private readonly measure: Pick<Measure, "unit" | "short" | "long">,
    private readonly clock: () => number = () => performance.now(),
  ) {
    // A terminal shows something at once; a plain line after one update would say nothing.
    this.#last = out.isTTY ? Number.NEGATIVE_INFINITY : clock();
  }

  /** Shows the status if it is time to. */
  show(status: Status): void {
    const time = this.clock();
    if (time - this.#last < (this.out.isTTY ? movingEvery : plainEvery)) return;
    this.#last = time;
    if (this.out.isTTY) this.#draw(movingLine(status, this.measure, this.out));
    else this.out.write(`${plainLine(status, this.measure)}\n`);
  }

  /** A line that stays, above the moving one. */
  print(line: string): void {
    this.clear();
    this.out.write(`${line}\n`);
  }

  /** A line about to be overwritten: what is being done while the bar stands still. Terminals only. */
  busy(what: string): void {
    if (this.out.isTTY) this.#draw(this.out.style("dim", what));
  }

  /** Takes the moving line away. */
  clear(): void {
    if (this.#shown) this.out.write("\r\u001b[2K");
    this.#shown = false;
    // The next status is shown at once on a terminal; elsewhere the interval goes on.
    if (this.out.isTTY) this.#last = Number.NEGATIVE_INFINITY;
  }

  #draw(line: string): void {
    this.out.write(`\r\u001b[2K${line}`);
    this.#shown = true;
  }
}

const abbreviation = (unit: string): string => (unit === "character" ? "char" : unit);

/** As many fields as the terminal is wide, the important ones first to stay. */
export function movingLine(
  status: Status,
  { unit, short: measured }: Pick<Measure, "unit" | "short">,
  out: Output,
): string {
  const name = abbreviation(unit);
  const percent = `${String(Math.floor(status.share * 100)).padStart(3)} %`;
  // With the rank that decides what stays when there is little room: 0 stays longest.
  const fields = [
    { rank: 0, style: "bold" as const, text: `${significant(status.loss)} ${measured}` },
    {
      rank: 2,
      style: "cyan" as const,
      text: status.heldOut === undefined ? "" : `held out ${significant(status.heldOut)}`,
    },
    { rank: 3, style: "reset" as const, text: `${short(status.speed)} ${name}s/s` },
    { rank: 4, style: "reset" as const, text: `gradient ${significant(status.norm)}` },
    { rank: 1, style: "dim" as const, text: `${duration(status.left)} left` },
  ].filter(({ text }) => text !== "");
  const gap = "  ";
  const room = out.columns - 1;
  const needed = (list: typeof fields): number =>
    list.reduce((sum, { text }) => sum + gap.length + text.length, percent.length);
  let kept = fields;
  while (kept.length > 1 && needed(kept) + 11 > room) {
    const last = Math.max(...kept.map(({ rank }) => rank));
    kept = kept.filter(({ rank }) => rank !== last);
  }
  const width = Math.min(24, room - needed(kept) - 1);
  const bar = width < 4 ? "" : `${out.style("cyan", drawBar(status.share, width))} `;
  return bar + percent + kept.map(({ style, text }) => gap + out.style(style, text)).join("");
}

/** A bar with eighths of a column. */
export function drawBar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const full = Math.floor(eighths / 8);
  const part = [..." ▏▎▍▌▋▊▉"][eighths % 8];
  const done = "█".repeat(full) + (full < width && eighths % 8 > 0 ? part : "");
  return done + "░".repeat(width - Array.from(done).length);
}

export function plainLine(status: Status, { unit, long }: Pick<Measure, "unit" | "long">): string {
  return [
    `${Math.floor(status.share * 100)} %`,
    `update ${grouped(status.update)}`,
    `${significant(status.loss)} ${long}`,
    ...(status.heldOut === undefined ? [] : [`held out ${significant(status.heldOut)}`]),
    `${short(status.speed)} ${unit}s/s`,
    `gradient ${significant(status.norm)}`,
    `${duration(status.left)} left`,
  ].join(", ");
}

/** A sample of what the net writes by now, on one line. */
export function sampleLine(text: string, out: Output): string {
  const room = Math.min(out.isTTY ? out.columns - 1 : 100, 120);
  return `${out.style("dim", "writes")}  ${out.style("italic", oneLine(text, room - 8))}`;
}
