/** What the figures were measured on. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, platform, release } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly engine: string;
  readonly system: string;
}

export function machine(): Machine {
  const list = cpus();
  const model = list[0]?.model.replace(/\s+/g, " ").trim() || arch();
  return {
    cpu: `${model}, ${list.length} ${list.length === 1 ? "thread" : "threads"}`,
    engine: `Node ${process.versions.node}, V8 ${process.versions.v8}`,
    system: `${platform()} ${release()} ${arch()}`,
  };
}

/** The version in the package's own package.json, which lies above dist/. */
export function version(): string {
  const json: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return (json as { version: string }).version;
}

/** The commit of the checkout this program lies in; undefined where there is none, or no git. */
export function commit(): string | undefined {
  const cwd = new URL("..", import.meta.url);
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    // An installed package lies inside somebody else's repository: its commit would say nothing.
    if (git("ls-files", "package.json") === "") return undefined;
    const hash = git("rev-parse", "--short=12", "HEAD");
    return git("status", "--porcelain", "--untracked-files=no") === "" ? hash : `${hash}, changed`;
  } catch {
    return undefined;
  }
}
