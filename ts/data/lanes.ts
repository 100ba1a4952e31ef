import type { Part, Span } from "./spans.js";

/** Spans that are trained side by side, window by window. */
export interface Group {
  readonly spans: readonly Span[];
  /** Hand-overs of the state plus one: ⌈longest span ÷ truncate⌉. */
  readonly windows: number;
}

/**
 * One sequence of `length` steps cut into `count` lanes of consecutive steps, no step lost: the first
 * `length mod count` lanes are one step longer. Never more lanes than steps.
 */
export function cutLanes(length: number, count: number, sequence = 0): Span[] {
  const lanes = Math.min(count, length);
  const short = Math.floor(length / lanes);
  const longer = length - short * lanes;
  return Array.from({ length: lanes }, (_, lane) => {
    const start = lane * short + Math.min(lane, longer);
    return { sequence, start, end: start + short + (lane < longer ? 1 : 0) };
  });
}

/** Puts spans side by side, to be read `truncate` steps at a time. */
export function group(spans: readonly Span[], truncate: number): Group {
  const longest = spans.reduce((most, span) => Math.max(most, span.end - span.start), 0);
  return { spans, windows: Math.ceil(longest / Math.min(truncate, Math.max(longest, 1))) };
}

/** The spans, by position in the group, that still have steps in window number `window`, and those steps. */
export function windowOf({ spans }: Group, window: number, truncate: number): Part {
  return spans.flatMap(({ sequence, start, end }, lane) => {
    const from = start + (window && window * truncate); // window is 0 when truncate is Infinity
    return from < end ? [{ lane, span: { sequence, start: from, end: Math.min(end, from + truncate) } }] : [];
  });
}
