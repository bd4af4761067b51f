/** Leaves a gzip and a Brotli form beside each text file of the built site; the server sends what the browser reads. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = /\.(js|css|svg|json)$/;
// Below this a compressed answer saves no packet.
const LEAST_BYTES = 1024;

const folder = new URL("dist", import.meta.url).pathname;
for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
  if (!TEXT.test(name)) continue;
  const file = join(folder, name);
  const content = readFileSync(file);
  if (content.length < LEAST_BYTES) continue;
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }));
}
