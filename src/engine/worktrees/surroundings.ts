import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Repository } from "./repository.ts";

/** Settings of branches and remotes have nothing to do with what a checkout looks like, and change often. */
const ELSEWHERE = /^\[(?:branch|remote|user|url)\b[^\n]*\n(?:[^[\n]*\n)*/gim;

/**
 * A fingerprint of what git's files say of how a worktree is to look: line ends, sparse checkout, attributes. One that was
 * made while it was another would not be what git makes now.
 */
export async function surroundingsOf({ commonDir, gitDir, environment }: Repository): Promise<string> {
  const { HOME = "", XDG_CONFIG_HOME = join(HOME, ".config") } = environment;
  const files = [
    join(commonDir, "config"),
    join(commonDir, "info", "attributes"),
    join(gitDir, "config.worktree"),
    join(gitDir, "info", "sparse-checkout"),
    "/etc/gitconfig",
    join(HOME, ".gitconfig"),
    join(XDG_CONFIG_HOME, "git", "config"),
    join(XDG_CONFIG_HOME, "git", "attributes"),
  ];
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${`${text}\n`.replace(ELSEWHERE, "").trim()}\0`);
  return hash.digest("hex");
}
