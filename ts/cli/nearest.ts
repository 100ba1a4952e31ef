/**
 * The candidate that was probably meant, or undefined when none is close. An unfinished word counts as the one
 * candidate it begins; otherwise the fewest changes of a letter (Levenshtein) decide, at most a third of the word.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const begun = candidates.filter((candidate) => word.length >= 2 && candidate.startsWith(word));
  if (begun.length === 1) return begun[0];
  const most = Math.max(2, Math.floor(word.length / 3));
  const rated = candidates.map((candidate) => ({ candidate, changes: distance(word, candidate) }));
  rated.sort((a, b) => a.changes - b.changes);
  const best = rated[0];
  return best && best.changes <= most && best.changes < best.candidate.length ? best.candidate : undefined;
}

function distance(a: string, b: string): number {
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, letter] of [...a].entries()) {
    const row = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (last[j] ?? 0) + (letter === other ? 0 : 1);
      row.push(Math.min(replaced, (last[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    last = row;
  }
  return last[b.length] ?? 0;
}
