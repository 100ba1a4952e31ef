// `npm run lock`: brings package-lock.json up to date after a change of package.json.
// A registry may lack some packages that other platforms need (a mirror keeps what it was asked for); npm then leaves
// them out of the lock file, and `npm ci` refuses it. They are entered here by name and version, without a hash.
import { readFileSync, writeFileSync } from "node:fs";
import { Failure, inRoot, npm, program, say } from "./run.mjs";

const platform =
  /-(android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-([a-z0-9]+)(?:-.*?(musl|gnu)?)?[a-z]*$/;

/** `@rollup/rollup-linux-x64-musl` says for which machines it is. */
function entryFor(name, version) {
  const [, os, cpu, libc] = platform.exec(name) ?? [];
  if (os === undefined)
    throw new Failure(`${name} is missing in package-lock.json, and its name does not say its platform`);
  const forLibc = libc && os === "linux" ? { libc: [libc === "gnu" ? "glibc" : libc] } : {};
  return { version, cpu: [cpu], dev: true, ...forLibc, optional: true, os: [os] };
}

await program(import.meta.url, async () => {
  const { code } = await npm(["install", "--package-lock-only", "--ignore-scripts"]);
  if (code !== 0) throw new Failure("npm could not resolve the packages of package.json");

  const file = inRoot("package-lock.json");
  const lock = JSON.parse(readFileSync(file, "utf8"));
  let count = 0;
  for (const [path, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (lock.packages[`${path}/node_modules/${name}`]) continue;
      const entry = `node_modules/${name}`;
      if (lock.packages[entry]?.version) continue;
      lock.packages[entry] = entryFor(name, version);
      count += 1;
    }
  }
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  say(`package-lock.json is up to date (${count} packages of other platforms added)`);
});
