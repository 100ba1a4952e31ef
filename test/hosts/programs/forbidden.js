// In a page that may not compile WebAssembly: the error names what is missing.
import { createRuntime } from "recurra";

const to = new URLSearchParams(location.search).get("report");
const named = (error) => error.code === "environment" && error.message.includes("'wasm-unsafe-eval'");
createRuntime()
  .then(
    () => ({ error: "a page whose policy forbids it compiled WebAssembly" }),
    (error) => (named(error) ? { hash: "named" } : { error: String(error) }),
  )
  .then((body) => fetch(to, { method: "POST", mode: "no-cors", body: JSON.stringify(body) }));
