import { execFile } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { access, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createBrotliDecompress } from "node:zlib";
import type { BrowserCommand } from "./browser.ts";
import { cacheFolder, cacheKey, installOnce } from "./cache.ts";
import { npmInstall } from "./npm.ts";
import { browserPackage } from "./versions.ts";

const run = promisify(execFile);

/**
 * Puts the packaged Chromium into the cache unless it is there, and returns the ways to start it: as it is, then with
 * the libraries that come with it, for a Linux that lacks them. None on a platform that the package isn't built for.
 */
export async function installPackagedBrowser(say: (line: string) => void): Promise<readonly BrowserCommand[]> {
  if (process.platform !== "linux" || process.arch !== "x64") return [];
  const folder = await installOnce(cacheFolder(), cacheKey(browserPackage), async (partial) => {
    const spec = `${browserPackage.name}@${browserPackage.version}`;
    say(`no installed browser starts: fetching ${spec} into ${cacheFolder()} (once)`);
    await unpackInto(partial, spec);
  });
  const executablePath = join(folder, "chromium");
  const fonts = await fontEnvironment(folder);
  return [
    { executablePath, env: fonts },
    { executablePath, env: { ...fonts, LD_LIBRARY_PATH: libraryPath(join(folder, "libraries", "lib")) } },
  ];
}

async function unpackInto(folder: string, spec: string): Promise<void> {
  const download = join(folder, "download");
  await mkdir(download);
  await writeFile(join(download, "package.json"), JSON.stringify({ private: true }));
  await npmInstall(download, [spec]);
  const packed = join(download, "node_modules", browserPackage.name, "bin");
  await decompress(join(packed, "chromium.br"), join(folder, "chromium"), 0o755);
  await untar(join(packed, "al2023.tar.br"), join(folder, "libraries"));
  await untar(join(packed, "fonts.tar.br"), join(folder, "fonts"));
  // The compressed copy is most of the download and is never read again.
  await rm(download, { recursive: true });
}

async function decompress(from: string, to: string, mode = 0o644): Promise<void> {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to, { mode }));
}

async function untar(from: string, into: string): Promise<void> {
  const tar = `${into}.tar`;
  await mkdir(into);
  await decompress(from, tar);
  await run("tar", ["-xf", tar, "-C", into]);
  await rm(tar);
}

/** A machine without any font set-up draws no text at all; there, the package's own font is used. */
async function fontEnvironment(folder: string): Promise<Record<string, string>> {
  try {
    await access("/etc/fonts/fonts.conf");
    return {};
  } catch {
    const file = join(folder, "fonts", "lane.conf");
    await writeFile(file, `<?xml version="1.0"?>\n<fontconfig><dir>${join(folder, "fonts")}</dir></fontconfig>\n`);
    return { FONTCONFIG_FILE: file };
  }
}

function libraryPath(own: string): string {
  const inherited = process.env.LD_LIBRARY_PATH;
  return inherited ? `${own}:${inherited}` : own;
}
