// One library, several entries: what differs between them.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * TypeScript without its types, for further entries of what the main entry's build compiles and checks: in a tenth of its
 * time.
 */
export function strip() {
  return {
    name: "strip-types",
    resolveId(source, importer) {
      if (importer === undefined || !/^\.{1,2}\/.*\.js$/.test(source)) return null;
      const file = join(dirname(importer), source.replace(/\.js$/, ".ts"));
      return existsSync(file) ? file : null;
    },
    async transform(code, id) {
      if (!id.endsWith(".ts")) return null;
      const { transformWithOxc } = await import("vite");
      return await transformWithOxc(code, id, { target: "es2022" });
    },
  };
}

/** One module in the place of another. */
export const instead = (module, other) => ({
  name: "instead",
  async resolveId(source, importer) {
    const found = await this.resolve(source, importer, { skipSelf: true });
    return found?.id === module ? other : found;
  },
});

/** Two chunks: `start`, what an entry has without its import(), and `rest`. */
export function splitAfter(entry) {
  const start = new Set();
  const visit = (id, getModuleInfo) => {
    if (start.has(id)) return;
    start.add(id);
    for (const imported of getModuleInfo(id).importedIds) visit(imported, getModuleInfo);
  };
  return {
    name: "split-after",
    outputOptions(options) {
      const manualChunks = (id, { getModuleInfo }) => {
        if (start.size === 0) visit(entry, getModuleInfo);
        return start.has(id) ? "start" : "rest";
      };
      return { ...options, manualChunks };
    },
  };
}

/** For an entry that exports a part of what `main` does: its types. */
export const typesFrom = (main) => ({
  name: "types-from",
  generateBundle(_, bundle) {
    for (const { isEntry, name, exports } of Object.values(bundle)) {
      if (!isEntry) continue;
      const source = `export type * from "${main}";\nexport { ${exports.join(", ")} } from "${main}";\n`;
      this.emitFile({ type: "asset", fileName: `${name}.d.ts`, source });
    }
  },
});
