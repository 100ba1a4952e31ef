// `npm run build`: dist/ from ts/ and the kernel in build/kernel.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { digestOf, filesUnder } from "./digest.mjs";
import { currentKernel, describeKernel, ensureKernel, kernelFiles } from "./kernel.mjs";
import { Failure, inRoot, program, runTool, say } from "./run.mjs";
import { ensurePackages } from "./setup.mjs";

const stamp = inRoot("build/dist.sha256");

const inputs = () =>
  digestOf([
    ...filesUnder("ts"),
    // The command line carries the workloads of `recurra bench`.
    ...filesUnder("bench"),
    ...kernelFiles.map((file) => `build/kernel/${file}`),
    "package-lock.json",
    "rollup.config.js",
    "scripts/plugins.mjs",
    "tsconfig.json",
  ]);

const products = ["index.js", "index.d.ts", "cli.js", "licenses.txt", ...kernelFiles].map((file) =>
  inRoot("dist", file),
);

/** Builds dist/ unless it was made from exactly these inputs. */
export async function ensureDist({ force = false } = {}) {
  if (!currentKernel())
    throw new Failure("there is no kernel in build/kernel: run `npm run build:kernel` first");
  const digest = inputs();
  const built = existsSync(stamp) && readFileSync(stamp, "utf8") === digest;
  if (!force && built && products.every((file) => existsSync(file))) return;

  rmSync(inRoot("build/dist"), { recursive: true, force: true });
  const { code } = await runTool("rollup", ["--config", "rollup.config.js", "--silent"]);
  if (code !== 0)
    throw new Failure("rollup could not build dist/: see its message above; the old dist/ is untouched");
  for (const file of kernelFiles) copyFileSync(inRoot("build/kernel", file), inRoot("build/dist", file));
  chmodSync(inRoot("build/dist/cli.js"), 0o755);
  rmSync(inRoot("dist"), { recursive: true, force: true });
  renameSync(inRoot("build/dist"), inRoot("dist"));
  writeFileSync(stamp, digest);
}

await program(import.meta.url, async (args) => {
  await ensurePackages();
  say(describeKernel(await ensureKernel()));
  await ensureDist({ force: args.includes("--force") });
  say("dist/ is up to date");
});
