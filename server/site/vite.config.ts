import { defineConfig } from "vitest/config";

/** The server answering the JSON and the tiles while `npm run dev` serves the sources. */
const server = "http://127.0.0.1:8080";

export default defineConfig({
  build: {
    target: "es2022",
    // The map chunk is one file of OpenLayers and proj4; everything else stays small.
    chunkSizeWarningLimit: 700,
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/wmts", "/wms", "/tiles", "/ogc", "/catalog"].map((path) => [path, server]),
    ),
  },
  test: { environment: "happy-dom", include: ["test/**/*.test.{ts,tsx}"] },
});
