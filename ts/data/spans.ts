/** Steps `start` to `end` − 1 of sequence number `sequence`: read in order, state carried from window to window. */
export interface Span {
  readonly sequence: number;
  readonly start: number;
  readonly end: number;
}

/** What is read at once: spans, and which of those that belong together each is. */
export type Part = readonly { readonly lane: number; readonly span: Span }[];

/** How many steps that is. */
export const stepsOf = (part: Part): number =>
  part.reduce((sum, { span: { start, end } }) => sum + end - start, 0);

/** Every span from its start to its end, those without a step too. */
export const whole = (spans: readonly Span[]): Part => spans.map((span, lane) => ({ lane, span }));

/** Sequences from their starts to their ends. */
export const sequencesOf = (lengths: ArrayLike<number>): Span[] =>
  Array.from(lengths, (end, sequence) => ({ sequence, start: 0, end }));
