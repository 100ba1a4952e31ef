import { formatError, optionError, show } from "../errors.js";

export function requireString(name: string, value: unknown): void {
  if (typeof value !== "string") throw optionError(name, "a string", value);
}

/** The fields of a JSON document; none if it is no object. Throws "option" for what is no string, "format" for no JSON. */
export function readJson(what: string, json: string): Record<string, unknown> {
  requireString("json", json);
  try {
    return Object(JSON.parse(json));
  } catch (cause) {
    throw formatError(`${what}: expected JSON, got ${show(json)}`, 0, cause);
  }
}
