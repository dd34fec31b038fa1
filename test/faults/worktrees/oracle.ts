import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { FileReview, ReviewFile } from "../../../src/protocol/records.ts";
import { expectOk } from "../../support/store.ts";
import type { Files } from "./disk.ts";
import type { World } from "./world.ts";

/** What git itself makes of the same: merges, trees and patches, put together without the engine's help. */

export async function treeFiles(world: World, commit: string): Promise<Files> {
  const { git, root } = world.place;
  const listed = (await git.run(root, ["ls-tree", "-r", "-z", "--full-tree", commit])).toString();
  return new Map(
    listed.split("\0").flatMap((line) => {
      const [, mode = "", id = "", path] = /^(\d+) \w+ ([0-9a-f]+)\t([\s\S]*)$/.exec(line) ?? [];
      return path === undefined ? [] : [[path, { mode, id }] as const];
    }),
  );
}

/** What is in an index; a path in conflict is there once for each of its versions. */
export async function indexFiles(world: World, folder: string): Promise<Files> {
  const listed = (await world.place.git.run(folder, ["ls-files", "--stage", "-z"])).toString();
  return new Map(
    listed.split("\0").flatMap((line) => {
      const [, mode = "", id = "", stage = "", path] = /^(\d+) ([0-9a-f]+) (\d)\t([\s\S]*)$/.exec(line) ?? [];
      return path === undefined ? [] : [[stage === "0" ? path : `${path} (${stage})`, { mode, id }] as const];
    }),
  );
}

export const parentsOf = async (world: World, commit: string): Promise<string[]> =>
  (await world.git("log", "-1", "--format=%P", commit)).split(" ").filter((id) => id !== "");

export const treeOf = (world: World, commit: string): Promise<string> => world.git("rev-parse", `${commit}^{tree}`);

/** The tree of git's own three-way merge; undefined where it conflicts. With a base, of that, whatever histories say. */
export async function mergedTree(
  world: World,
  ours: string,
  theirs: string,
  base?: string,
): Promise<string | undefined> {
  const sides = base === undefined ? [ours, theirs] : await alike(world, base, [ours, theirs]);
  return world.git("merge-tree", "--write-tree", ...sides).catch(() => undefined);
}

async function alike(world: World, base: string, sides: readonly string[]): Promise<string[]> {
  const root = await world.git("commit-tree", "-m", "base", `${base}^{tree}`);
  return Promise.all(sides.map((side) => world.git("commit-tree", "-m", "side", "-p", root, `${side}^{tree}`)));
}

/** The files that work comes to when nothing of it but what was accepted is taken: patched by git, hunk by hunk. */
export async function acceptedFiles(world: World, agentId: string): Promise<Files> {
  const { reviews } = world.room;
  const review = expectOk(await reviews.get(agentId));
  const [base, head] = await Promise.all([treeFiles(world, review.baseCommit), treeFiles(world, review.headCommit)]);
  const files = new Map(base);
  for (const file of review.files) {
    const shown = expectOk(await reviews.file(agentId, file.path));
    const chosen = shown.hunks.filter(({ id }) => isAccepted(file, id));
    const isWhole = file.wholeOnly || shown.hunks.length === 0;
    if (isWhole ? file.decision !== "accepted" : chosen.length === 0) continue;
    if (file.previousPath !== null) files.delete(file.previousPath);
    const after = head.get(file.path);
    const isAll = isWhole || chosen.length === shown.hunks.length;
    if (isAll && after === undefined) files.delete(file.path);
    else if (isAll && after !== undefined) files.set(file.path, after);
    else {
      const before = base.get(file.previousPath ?? file.path);
      const id = await patched(world, before?.id, chosen);
      files.set(file.path, { mode: after?.mode ?? before?.mode ?? "", id });
    }
  }
  return files;
}

const isAccepted = (file: ReviewFile, hunk: string): boolean => (file.marks[hunk] ?? file.decision) === "accepted";

const SIGNS = { context: " ", added: "+", deleted: "-" } as const;

async function patched(world: World, blob: string | undefined, hunks: FileReview["hunks"]): Promise<string> {
  const { git, root, folder } = world.place;
  const scratch = await mkdtemp(join(folder, "patched-"));
  try {
    writeFileSync(join(scratch, "file"), blob === undefined ? "" : await git.run(root, ["cat-file", "blob", blob]));
    const text = hunks.map(({ baseStart, baseCount, workStart, workCount, lines }) => [
      `@@ -${baseStart},${baseCount} +${workStart},${workCount} @@`,
      ...lines.flatMap((line) => [
        SIGNS[line.kind] + line.text,
        ...(line.noNewline ? ["\\ No newline at end of file"] : []),
      ]),
    ]);
    const stdin = `${["--- a/file", "+++ b/file", ...text.flat()].join("\n")}\n`;
    await git.run(scratch, ["apply", "--recount", "-"], { stdin });
    return (await git.run(root, ["hash-object", "--no-filters", join(scratch, "file")])).toString().trim();
  } finally {
    await rm(scratch, { recursive: true });
  }
}
