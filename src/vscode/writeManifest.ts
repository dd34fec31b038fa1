/** `node src/vscode/writeManifest.ts` writes what contributions.ts and the settings say into package.json and leaves its other keys alone. */
import { readFileSync, writeFileSync } from "node:fs";
import { makeManifest } from "./manifest.ts";

const file = new URL("../../package.json", import.meta.url);
const manifest: object = JSON.parse(readFileSync(file, "utf8"));
writeFileSync(file, `${JSON.stringify({ ...manifest, ...makeManifest() }, null, 2)}\n`);
