/** What a benchmark is doing, on one line of a terminal; nothing elsewhere. */
import { oneLine } from "../format.js";
import { type Output, stderr } from "../terminal.js";

const clearLine = "\r\u001b[2K";

export const telling = (out: Output = stderr) => ({
  // A line that is broken at the edge could not be taken away again: only its last part is cleared.
  tell(what: string): void {
    if (out.isTTY) out.write(`${clearLine}${out.style("dim", oneLine(what, out.columns - 1))}`);
  },
  clear(): void {
    if (out.isTTY) out.write(clearLine);
  },
});
