// In a page that may not compile WebAssembly: the error names what is missing.
import { createRuntime } from "recurra";
import { tell } from "./tell.js";

const named = (error) => error.code === "environment" && error.message.includes("'wasm-unsafe-eval'");
createRuntime()
  .then(
    () => ({ error: "a page whose policy forbids it compiled WebAssembly" }),
    (error) => (named(error) ? { hash: "named" } : { error: String(error) }),
  )
  .then((result) => tell(JSON.stringify(result)));
