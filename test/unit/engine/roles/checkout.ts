import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createRoles, type Roles, type RolesOptions } from "../../../../src/engine/roles/roles.ts";
import { allTools } from "../../../../src/engine/tools/registry.ts";

export const knownTools = allTools.map((tool) => tool.name);

export interface Checkout {
  /** Beside the checkout, for what must not be read. */
  readonly base: string;
  readonly root: string;
  readonly roles: Roles;
  write(path: string, content: string | Uint8Array): Promise<void>;
  dispose(): Promise<void>;
}

/** A real folder with these files, trusted where nothing else is said. */
export async function makeCheckout(
  files: Readonly<Record<string, string | Uint8Array>> = {},
  options: Partial<RolesOptions> = {},
): Promise<Checkout> {
  const base = await realpath(await mkdtemp(join(tmpdir(), "roles-")));
  const root = join(base, "root");
  await mkdir(root);
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  for (const [path, content] of Object.entries(files)) await write(path, content);
  return {
    base,
    root,
    write,
    roles: createRoles({ root, isTrusted: () => true, knownTools, ...options }),
    dispose: () => rm(base, { recursive: true, force: true }),
  };
}

/** A file of our own format. */
export const roleFile = (fields: string, instructions = "Do it well."): string =>
  `---\n${fields}\n---\n${instructions}\n`;
