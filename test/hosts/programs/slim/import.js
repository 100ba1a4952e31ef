// The same for bundlers that make an address of the import of a file, and leave that of `new URL` as it is; with what
// trains imported at once, for hosts that cannot import it when it is needed.
import address from "recurra/kernel.wasm";
import * as recurra from "recurra/slim";
import { Trainer } from "recurra/slim/training";
import { report } from "../conformance.js";
import { tell } from "../tell.js";

const module = new URL(address, import.meta.url);
report({ ...recurra, Trainer }, { module }).then(tell);
