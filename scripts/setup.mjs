// The npm packages: installed when node_modules is not what package-lock.json says.
// Those of test/onnx are for themselves: they are large, and only what onnxruntime judges needs them.
import { existsSync, readFileSync } from "node:fs";
import { Failure, inRoot, npm, say } from "./run.mjs";

const versions = (file) =>
  Object.entries(JSON.parse(readFileSync(file, "utf8")).packages).map(([path, { version, optional }]) => ({
    path,
    version,
    optional,
  }));

/** npm writes what it installed into node_modules/.package-lock.json; optional packages depend on the platform. */
function packagesCurrent(folder) {
  const installed = inRoot(folder, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  const have = new Map(versions(installed).map(({ path, version }) => [path, version]));
  return versions(inRoot(folder, "package-lock.json")).every(
    ({ path, version, optional }) => path === "" || optional || have.get(path) === version,
  );
}

/** No package of ours needs its install script. */
const install = (folder) =>
  npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: inRoot(folder), output: "capture" });

export async function ensurePackages() {
  if (packagesCurrent(".")) return;
  say("installing the npm packages (once; about a minute)");
  const { code, stdout, stderr } = await install(".");
  if (code !== 0) {
    say(stdout + stderr);
    throw new Failure("npm could not install the packages of package-lock.json: see its message above");
  }
}

/** Whether the tests in test/onnx find onnxruntime: there, or where the benchmark has it. */
export const hasOnnxruntime = () =>
  ["test/onnx", "bench/peers"].some((folder) =>
    existsSync(inRoot(folder, "node_modules/onnxruntime-web/package.json")),
  );

export const howToGetOnnxruntime = "npm ci --ignore-scripts --prefix test/onnx";

/** The packages of test/onnx, as a row of `npm test`: passed, or skipped with what npm said, as the tests are then. */
export async function ensureOnnxruntime() {
  if (packagesCurrent("test/onnx")) return { passed: 1 };
  const { code, stdout, stderr } = await install("test/onnx");
  if (code === 0) return { passed: 1 };
  const lines = (stdout + stderr).match(/^npm error .*$/gm) ?? [];
  const said = lines.slice(0, 2).join(", ").replaceAll("npm error ", "");
  return { skipped: 1, why: `npm could not install it: ${said || `exit ${code}`}` };
}
