/** Where the results of training go, and whether they may. */
import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { RecurraError } from "../index.js";
import { checkWritable, makeFolder } from "../io/files.js";
import type { Invocation } from "./arguments.js";
import { nameOf } from "./corpus.js";
import { fileNames } from "./model.js";

export interface Places {
  /** What the text is called. */
  readonly name: string;
  readonly folder: string;
  readonly model: string;
  readonly checkpoint: string;
  readonly report: string;
}

export function placesFor(invocation: Invocation, file: string): Places {
  const name = invocation.text("name") ?? nameOf(file);
  const folder = invocation.text("out") ?? `${nameOf(invocation.has("name") ? name : file)}-model`;
  return {
    name,
    folder,
    model: join(folder, fileNames.model),
    checkpoint: join(folder, fileNames.checkpoint),
    report: invocation.text("report") ?? join(folder, fileNames.report),
  };
}

/** Refuses to overwrite without leave. */
export function checkPlaces(places: Places, { resume, force }: { resume: boolean; force: boolean }): void {
  const earlier = [places.model, places.checkpoint, places.report].filter((path) => existsSync(path));
  if (resume && !existsSync(places.checkpoint)) {
    throw refusal(`there is nothing to go on from: no ${places.checkpoint}; leave out --resume to start`);
  }
  if (!resume && !force && earlier[0] !== undefined) {
    throw refusal(
      `${earlier[0]} exists; go on with --resume, start anew over it with --force, or choose --out FOLDER`,
    );
  }
}

/** Makes the folders, and makes sure that saving will work before any time is spent on training. */
export function makePlaces(places: Places): void {
  for (const folder of new Set([places.folder, dirname(places.report)])) {
    makeFolder(folder);
    checkWritable(folder);
  }
}

const refusal = (message: string): RecurraError => new RecurraError({ code: "environment", message });

/** A path as one would type it here. */
export function typed(path: string): string {
  const near = relative(process.cwd(), resolve(path));
  return near === "" ? "." : near.startsWith("..") ? path : near;
}

/** An argument as one would type it in a shell. */
export const quoted = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
