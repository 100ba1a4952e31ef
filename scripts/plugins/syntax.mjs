/** Calls `see` with every node of a syntax tree. */
export function eachNode(node, see) {
  if (typeof node !== "object" || node === null) return;
  see(node);
  for (const part of Object.values(node)) eachNode(part, see);
}
