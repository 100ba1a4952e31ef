/** Tables that can be pasted into an issue. */

/**
 * Aligned, so that the source reads as well; the letters of `align` are l and r. A column in which no row says anything is
 * left out.
 */
export function markdownTable(
  names: readonly string[],
  cells: readonly (readonly string[])[],
  aligned: string,
): string {
  const kept = names.map((_, i) => i).filter((i) => cells.length === 0 || cells.some((row) => row[i] !== ""));
  const [head = [], ...rows] = [names, ...cells].map((row) => kept.map((i) => row[i] ?? ""));
  const align = kept.map((i) => aligned[i]);
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(3, ...all.map((row) => lengthOf(row[i]))));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const pad = (cell: string, i: number): string => {
    const space = " ".repeat((widths[i] ?? 0) - lengthOf(cell));
    return align[i] === "r" ? space + cell : cell + space;
  };
  const rule = widths.map((width, i) => (align[i] === "r" ? `${"-".repeat(width - 1)}:` : "-".repeat(width)));
  return [line(head.map(pad)), line(rule), ...rows.map((row) => line(row.map(pad)))].join("\n");
}

const lengthOf = (cell = ""): number => Array.from(cell).length;
