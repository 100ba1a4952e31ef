import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** licenses.txt: what the packages inside the bundle ask to go with them. A package without such a file is an error. */
export function licenses() {
  return {
    name: "licenses",
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((chunk) => chunk.moduleIds ?? []);
      const found = modules.map((id) => /^(?:\0\w+:)?(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(id));
      const packages = new Map(
        found.filter((match) => match !== null).map(([, folder, name]) => [name, folder]),
      );
      const texts = [...packages].sort().map(([name, folder]) => {
        const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
        if (files.length === 0) this.error(`${name} has no licence file to go with the bundle`);
        const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
        const content = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
        return [`${name} ${version}`, ...content].join("\n\n");
      });
      const source = `Other people's work inside cli.js and onnx.js.\n\n${texts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
      this.emitFile({ type: "asset", fileName: "licenses.txt", source });
    },
  };
}
