// `npm run format`: rustfmt and biome, writing.
import { program, run, runTool, say, which } from "./run.mjs";

await program(import.meta.url, async () => {
  if (which("cargo")) await run("cargo", ["fmt", "--all"]);
  else say("no cargo on PATH: Rust files are left as they are");
  return (await runTool("@biomejs/biome", ["check", "--write", "."], {}, "biome")).code;
});
