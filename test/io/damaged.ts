/** Files with bytes changed, left out, put in or repeated, and cut short. */
import fc from "fast-check";

type Bytes = Uint8Array<ArrayBuffer>;

/** What formats of text and of numbers have at their joints. */
const telling = [...'{}[]":,\\-+.0129eE \n\u0000\u0001\u007fNaN'].map((letter) => letter.charCodeAt(0));
const piece = fc.oneof(
  fc.constantFrom(...telling, 0x80, 0xff, 0xc0, 0xed).map((byte) => [byte]),
  fc.uint8Array({ minLength: 1, maxLength: 9 }).map((bytes) => [...bytes]),
  fc
    .constantFrom("null", "1e999", "-0", "9007199254740993", '"a":', "[[[[", '{"', "\\ud800", '"__proto__":')
    .map((text) => [...new TextEncoder().encode(text)]),
);

/** Where, how many bytes go, what comes there: given, or so many bytes from another place of the file. */
interface Edit {
  readonly at: number;
  readonly gone: number;
  readonly put: readonly number[];
  readonly from: number;
  readonly copied: number;
}

const none: Omit<Edit, "at"> = { gone: 0, put: [], from: 0, copied: 0 };
// Anywhere, not mostly at the beginning.
const at = fc.noBias(fc.nat());
const edit: fc.Arbitrary<Edit> = fc
  .oneof(
    // A letter for a letter, which is most likely to leave a file that can be read.
    {
      weight: 4,
      arbitrary: fc.record({ at, put: fc.tuple(fc.noBias(fc.nat(255))), gone: fc.constant(1) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ at, put: fc.tuple(fc.constantFrom(...telling)), gone: fc.constant(1) }),
    },
    { weight: 1, arbitrary: fc.record({ at, put: piece, gone: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ at, gone: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 1, arbitrary: fc.record({ at, from: at, copied: fc.integer({ min: 1, max: 80 }) }) },
  )
  .map((given) => ({ ...none, ...given }));

/** An edit or a few, after which the file may be cut short. */
export const edits = fc.record({
  list: fc.oneof(
    { weight: 2, arbitrary: fc.tuple(edit) },
    { weight: 1, arbitrary: fc.array(edit, { minLength: 2, maxLength: 4 }) },
  ),
  cut: fc.oneof({ weight: 7, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: at }),
});

/** A file with edits made to it, one after the other. */
export function damage(file: Bytes, { list, cut }: { list: readonly Edit[]; cut: number | null }): Bytes {
  let bytes = [...file];
  for (const { at, gone, put, from, copied } of list) {
    const place = bytes.length === 0 ? 0 : at % bytes.length;
    const start = bytes.length === 0 ? 0 : from % bytes.length;
    bytes.splice(place, gone, ...put, ...bytes.slice(start, start + copied));
  }
  if (cut !== null) bytes = bytes.slice(0, cut % (bytes.length + 1));
  return Uint8Array.from(bytes);
}
