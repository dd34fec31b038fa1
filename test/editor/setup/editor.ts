import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { cacheFolder, cacheKey, installOnce } from "./cache.ts";
import { npmInstall } from "./npm.ts";
import { editorPackage } from "./versions.ts";

export interface InstalledEditor {
  /** The version of VS Code, as `vscode.version` reports it. */
  readonly version: string;
  /** The script that starts VS Code's server. */
  readonly serverMain: string;
}

/** Puts VS Code's server and its built-in extensions into the cache unless they are there. */
export async function installEditor(say: (line: string) => void): Promise<InstalledEditor> {
  const folder = await installOnce(cacheFolder(), cacheKey(editorPackage), async (partial) => {
    const spec = `${editorPackage.name}@${editorPackage.version}`;
    say(`fetching ${spec} into ${cacheFolder()} (once)`);
    await writeFile(join(partial, "package.json"), JSON.stringify({ private: true }));
    await npmInstall(partial, [spec]);
    say("fetching the packages of VS Code's server and of its built-in extensions");
    await npmInstall(serverFolder(partial), []);
    await npmInstall(join(serverFolder(partial), "extensions"), []);
  });
  const server = serverFolder(folder);
  const manifest: unknown = JSON.parse(await readFile(join(server, "package.json"), "utf8"));
  const { version } = z.object({ version: z.string() }).parse(manifest);
  return { version, serverMain: join(server, "out", "server-main.js") };
}

function serverFolder(folder: string): string {
  return join(folder, "node_modules", editorPackage.name, "lib", "vscode");
}
