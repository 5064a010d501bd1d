/** Writes every built text file a second and third time, as brotli and gzip, for the server to send as it is. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = /\.(js|css|svg|html|json|map)$/;
const LEAST_BYTES = 512;

export function compressed(): { name: string; apply: "build"; writeBundle: (options: { dir?: string }) => void } {
  return {
    name: "compressed",
    apply: "build",
    writeBundle({ dir }) {
      if (dir === undefined) return;
      for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
        if (!TEXT.test(name) || name === "index.html" || name === "manifest.json") continue; // those are not sent as they are
        const path = join(dir, name);
        const body = readFileSync(path);
        if (body.length < LEAST_BYTES) continue;
        writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
        writeFileSync(`${path}.br`, brotliCompressSync(body, { params }));
      }
    },
  };
}
