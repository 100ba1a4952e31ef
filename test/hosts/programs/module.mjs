import * as recurra from "recurra";
import { report } from "./conformance.js";

console.log(await report(recurra));
