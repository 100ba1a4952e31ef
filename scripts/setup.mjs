// The npm packages: installed when node_modules is not what package-lock.json says.
import { existsSync, readFileSync } from "node:fs";
import { Failure, inRoot, npm, say } from "./run.mjs";

const versions = (file) =>
  Object.entries(JSON.parse(readFileSync(file, "utf8")).packages).map(([path, { version, optional }]) => ({
    path,
    version,
    optional,
  }));

/** npm writes what it installed into node_modules/.package-lock.json; optional packages depend on the platform. */
function packagesCurrent() {
  const installed = inRoot("node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  const have = new Map(versions(installed).map(({ path, version }) => [path, version]));
  return versions(inRoot("package-lock.json")).every(
    ({ path, version, optional }) => path === "" || optional || have.get(path) === version,
  );
}

export async function ensurePackages() {
  if (packagesCurrent()) return;
  say("installing the npm packages (once; about a minute)");
  // No package of ours needs its install script.
  const { code, stdout, stderr } = await npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    output: "capture",
  });
  if (code !== 0) {
    say(stdout + stderr);
    throw new Failure("npm could not install the packages of package-lock.json: see its message above");
  }
}
