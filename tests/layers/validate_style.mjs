// Validates MapLibre styles and evaluates filters with the specification's own code; reads and writes JSON.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(process.argv[2] + "/package.json"));
const { featureFilter, validateStyleMin } = await import(
  pathToFileURL(require.resolve("@maplibre/maplibre-gl-style-spec")).href
);

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { styles, filters } = JSON.parse(text);
const problems = styles.map((style) => validateStyleMin(style).map((error) => error.message));
const held = filters.map(({ filter, properties, zoom }) =>
  featureFilter(filter, "layers[0].filter").filter({ zoom }, { type: 1, properties, geometry: [[{ x: 0, y: 0 }]] }),
);
process.stdout.write(JSON.stringify({ problems, held }));
