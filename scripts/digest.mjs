// From which sources was a kernel made? One SHA-256 over everything that decides its bytes, except the compiler.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inRoot, root } from "./run.mjs";

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** All files under a folder, as paths from the top of the repository with `/`, sorted. */
export function filesUnder(folder) {
  return readdirSync(inRoot(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath ?? entry.path, entry.name)
        .slice(root.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort();
}

/** Names, lengths and contents: so that moving a line from one file to another changes the digest too. */
export function digestOf(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    const bytes = readFileSync(inRoot(file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

/** The crate's sources, the lock file and the build flags. */
export const kernelSourceDigest = () =>
  digestOf([
    ...filesUnder("crate/src").filter((file) => file.endsWith(".rs")),
    "crate/Cargo.toml",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    "scripts/flags.mjs",
  ]);
