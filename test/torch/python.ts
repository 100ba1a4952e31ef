/** A Python that has torch: that of the environment, or the system's own. */
import { spawnSync } from "node:child_process";

/** Undefined where there is none. */
export const python = [process.env.RECURRA_PYTHON, "python3", "/usr/bin/python3"].find(
  (path) => path !== undefined && spawnSync(path, ["-c", "import torch, numpy"]).status === 0,
);

/** Said by tests that are skipped. */
export const absent =
  "no python3 with torch and numpy: apt-get install python3-torch, or RECURRA_PYTHON=PATH";
