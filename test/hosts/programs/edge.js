// In workerd: answers with what came of it.
import * as recurra from "recurra";
import { report } from "./conformance.js";

export default {
  async fetch() {
    return new Response(await report(recurra, { workers: 0 }));
  },
};
