/** Files of sequences that pages speak of. */

/** A CSV of 200 years, round and round in 11 of them. */
export function sunspots(): string {
  const years = Array.from(
    { length: 200 },
    (_, i) => `${1800 + i},${(50 + 40 * Math.sin(i / 1.75)).toFixed(1)}`,
  );
  return `year,spots\n${years.join("\n")}\n`;
}

/** JSONL of 60 gestures of 4 to 12 steps, of which the first number goes up or down; without classes if `bare`. */
export function gestures(bare = false): string {
  const lines = Array.from({ length: 60 }, (_, i) => {
    const x = Array.from({ length: 4 + (i % 9) }, (_, t) => [i % 2 ? t : -t, (i * t) % 5]);
    return JSON.stringify(bare ? { x } : { x, y: i % 2 ? "up" : "down" });
  });
  return `${lines.join("\n")}\n`;
}
