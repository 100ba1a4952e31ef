// The library without a kernel in a page: kernel and worker by their addresses, as webpack, Vite and Turbopack read them.
import * as recurra from "recurra/slim";
import { report } from "../conformance.js";
import { tell } from "../tell.js";

const module = new URL("recurra/kernel.wasm", import.meta.url);
const create = () => new Worker(new URL("recurra/worker.js", import.meta.url));
report(recurra, { module, create }).then(tell);
