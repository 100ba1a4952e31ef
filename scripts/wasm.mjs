// As much of the WebAssembly binary format as the build needs: walking over the sections.
export const CUSTOM = 0;
export const IMPORT = 2;

/** An unsigned LEB128 number and where it ends. */
export function readNumber(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at };
  }
}

/** Each section as `{ id, start, body, end }`: offsets of its id byte, its content, and what follows. */
export function* wasmSections(bytes) {
  for (let start = 8; start < bytes.length; ) {
    const { value, end: body } = readNumber(bytes, start + 1);
    yield { id: bytes[start], start, body, end: body + value };
    start = body + value;
  }
}
