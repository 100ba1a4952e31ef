/**
 * Goes back to the event loop. Signals are heard only there, and neither a stream nor `predict` ever waits: without this
 * between samples, Ctrl-C would wait for the end of a benchmark.
 */
export { setImmediate as breathe } from "node:timers/promises";
