/** A node, its inputs and its attributes, each of which has to be asked for: what nobody asked for is refused. */
import { formatError, quote, showShape, unsupported } from "./errors.js";
import type { Attribute, Node } from "./messages.js";
import { type Constant, readTensor } from "./tensors.js";
import { describe, type Value } from "./values.js";

/** `AttributeProto.AttributeType`. */
const types = { f: 1, i: 2, s: 3, t: 4, floats: 6, ints: 7, strings: 8 } as const;

export class Call {
  readonly op: string;
  /** Operator and name, for messages. */
  readonly what: string;
  readonly offset: number;
  readonly #attributes = new Map<string, Attribute>();
  readonly #inputs: readonly (Value | undefined)[];
  /** Inputs that were asked for: all up to here. */
  #asked = 0;

  /** Throws "format" for an attribute that is there twice and for an input that no node before this one makes. */
  constructor(
    node: Node,
    values: ReadonlyMap<string, Value>,
    readonly opset: number,
  ) {
    this.op = node.op;
    this.what = node.name ? `${node.op} ${quote(node.name)}` : node.op;
    this.offset = node.offset;
    for (const attribute of node.attributes) {
      const { name, offset } = attribute;
      if (this.#attributes.has(name))
        throw formatError(`${this.what}: expected attribute ${quote(name)} once, got it twice`, offset);
      this.#attributes.set(name, attribute);
    }
    this.#inputs = node.inputs.map((name) => {
      if (name === "") return undefined;
      const value = values.get(name);
      if (value !== undefined) return value;
      throw formatError(`${this.what}: expected inputs made before it, got ${quote(name)}`, node.offset);
    });
  }

  /** Input number `i`, undefined if it is left out. */
  input(i: number): Value | undefined {
    this.#asked = Math.max(this.#asked, i + 1);
    return this.#inputs[i];
  }

  /** Input number `i`, which has to be there. */
  value(i: number): Value {
    const value = this.input(i);
    if (value === undefined) throw formatError(`${this.what}: expected input ${i}, got none`, this.offset);
    return value;
  }

  /** Input number `i` as f32 from the file. */
  floats(i: number, name: string): Constant & { readonly floats: Float32Array<ArrayBuffer> } {
    const value = this.value(i);
    if (value.kind !== "constant")
      throw unsupported(`${this.what}: expected ${name} to be a constant, got ${describe(value)}`);
    if (value.floats === undefined)
      throw formatError(`${this.what}: expected ${name} to be float32, got integers`, value.offset);
    return { ...value, floats: value.floats };
  }

  /** Input number `i` as integers from the file; undefined if it is left out. */
  ints(i: number, name: string): Constant & { readonly ints: readonly number[] } {
    const value = this.value(i);
    if (value.kind !== "constant")
      throw unsupported(`${this.what}: expected ${name} to be a constant, got ${describe(value)}`);
    if (value.ints === undefined)
      throw formatError(`${this.what}: expected ${name} to be integers, got float32`, value.offset);
    return { ...value, ints: value.ints };
  }

  /** Removes an attribute from those that wait to be asked for, and checks its type. */
  #take(name: string, key: keyof typeof types): Attribute | undefined {
    const attribute = this.#attributes.get(name);
    this.#attributes.delete(name);
    if (attribute && attribute.type !== 0 && attribute.type !== types[key])
      throw formatError(`${this.what}: expected ${name} of another type`, attribute.offset);
    return attribute;
  }

  /** An integer. One that is there without a value is 0, which some writers leave out. */
  int(name: string, fallback: number): number {
    const attribute = this.#take(name, "i");
    return attribute ? (attribute.i ?? 0) : fallback;
  }

  float(name: string, fallback: number): number {
    const attribute = this.#take(name, "f");
    return attribute ? (attribute.f ?? 0) : fallback;
  }

  string(name: string, fallback: string): string {
    const attribute = this.#take(name, "s");
    return attribute ? (attribute.s ?? "") : fallback;
  }

  intList(name: string): readonly number[] | undefined {
    return this.#take(name, "ints")?.ints;
  }

  floatList(name: string): readonly number[] | undefined {
    return this.#take(name, "floats")?.floats;
  }

  stringList(name: string): readonly string[] | undefined {
    return this.#take(name, "strings")?.strings;
  }

  tensor(name: string): Constant | undefined {
    const attribute = this.#take(name, "t");
    return attribute?.t && readTensor(attribute.t);
  }

  /** Throws "unsupported" naming the first attribute or input that was not asked for. */
  finish(): void {
    for (const name of this.#attributes.keys())
      throw unsupported(`${this.what}: expected no attribute ${quote(name)}, got one`);
    const extra = this.#inputs.findIndex((value, i) => i >= this.#asked && value !== undefined);
    if (extra >= 0) throw unsupported(`${this.what}: expected no input ${extra}, got one`);
  }

  /** A value that this operator does not go with. */
  misfit(expected: string, value: Value): Error {
    return unsupported(`${this.what}: expected ${expected}, got ${describe(value)}`);
  }
}

/** An axis counted from the front; negative ones count from the end. Throws "format". */
export function axisOf(call: Call, axis: number, rank: number): number {
  const found = axis < 0 ? axis + rank : axis;
  if (found < 0 || found >= rank)
    throw formatError(`${call.what}: expected an axis of ${rank}, got ${axis}`, call.offset);
  return found;
}

/** Axes without repetition. */
export function axesOf(call: Call, axes: readonly number[], rank: number): number[] {
  const found = axes.map((axis) => axisOf(call, axis, rank));
  if (new Set(found).size < found.length)
    throw formatError(`${call.what}: expected different axes, got ${showShape(axes)}`, call.offset);
  return found;
}
