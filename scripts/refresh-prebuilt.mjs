// `npm run refresh-prebuilt`: builds both kernels from source and keeps them in crate/prebuilt, to be committed.
import { describeKernel, ensureKernel, savePrebuilt } from "./kernel.mjs";
import { program, say } from "./run.mjs";

await program(import.meta.url, async () => {
  const kernel = await ensureKernel({ source: true });
  savePrebuilt(kernel);
  say(describeKernel(kernel));
  say("crate/prebuilt is up to date: commit it together with the sources");
});
