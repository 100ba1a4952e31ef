import { fileURLToPath } from "node:url";

// Next is installed two folders above, the library one.
export default { turbopack: { root: fileURLToPath(new URL("../..", import.meta.url)) } };
