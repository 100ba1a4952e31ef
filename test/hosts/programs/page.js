// The library in a page.
import * as recurra from "recurra";
import { report } from "./conformance.js";
import { tell } from "./tell.js";

report(recurra).then(tell);
