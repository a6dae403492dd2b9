import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Limits that a build must keep. */
export interface FinishOptions {
  /** The most bytes a page may take, compressed, with everything it loads. */
  maxPageBytes: number;
}

/**
 * finish ends a build: it removes files of earlier builds, writes each asset compressed beside itself (the Go package
 * web serves these) and fails when a page has become too heavy.
 */
export function finish(options: FinishOptions): Plugin {
  let dist = "";
  let made = new Set<string>();
  return {
    name: "finish",
    apply: "build",
    configResolved(config) {
      dist = join(config.root, config.build.outDir);
    },
    writeBundle(_, bundle) {
      made = new Set(Object.keys(bundle));
    },
    closeBundle() {
      if (made.size === 0) return; // the build failed before it wrote anything
      removeStale(dist, made);
      const sizes = compress(dist, made);
      for (const page of [...made].filter((name) => name.endsWith(".html"))) {
        const bytes = pageSize(dist, page, sizes);
        console.log(`${page}: ${(bytes / 1000).toFixed(1)} kB compressed, all included`);
        if (bytes > options.maxPageBytes) {
          throw new Error(`${page} takes ${bytes} bytes compressed; the limit is ${options.maxPageBytes}`);
        }
      }
    },
  };
}

/** kept are the files of dist that no build makes. */
const kept = new Set([".gitkeep", ".built"]);

function removeStale(dist: string, made: Set<string>): void {
  for (const path of files(dist)) {
    const name = relative(dist, path);
    if (!kept.has(name) && !made.has(name)) rmSync(path);
  }
}

/** compress writes name.br and name.gz for each text asset and returns the compressed size of every file. */
function compress(dist: string, made: Set<string>): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const name of made) {
    const raw = readFileSync(join(dist, name));
    const br = brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
    sizes.set(name, Math.min(raw.length, br.length));
    if (!/\.(js|css|svg|json)$/.test(name) || br.length >= raw.length) continue;
    writeFileSync(join(dist, name + ".br"), br);
    writeFileSync(join(dist, name + ".gz"), gzipSync(raw, { level: 9 }));
  }
  return sizes;
}

/** pageSize adds up a page and all it loads, following names of assets through HTML, scripts and styles. */
function pageSize(dist: string, page: string, sizes: Map<string, number>): number {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name) || !sizes.has(name)) return;
    seen.add(name);
    if (!/\.(html|js|css)$/.test(name)) return;
    const text = readFileSync(join(dist, name), "utf8");
    for (const other of sizes.keys()) {
      const base = other.split("/").at(-1) ?? other;
      if (!other.endsWith(".html") && text.includes(base)) visit(other);
    }
  };
  visit(page);
  return [...seen].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
}

function files(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}
