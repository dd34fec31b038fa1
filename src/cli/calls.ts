import { shellWord } from "./shell.ts";
import type { Variables } from "./terminal.ts";

/** Commands as whoever reads them can type them where they are. */
export interface Calls {
  /** `banyan WORDS`, about the repository that this is about. */
  banyan(words: string): string;
  git(words: string): string;
}

/** Under npm the program is on nobody's path: it is called through npx, from the folder that npm was called in. */
export const programName = (variables: Variables): string =>
  variables.npm_lifecycle_event === undefined ? "banyan" : "npx banyan";

/** `folder`: the repository's, where it is not the one that commands are typed in. */
export const createCalls = (program: string, folder: string | undefined): Calls => ({
  banyan: (words) => `${program} ${words}${folder === undefined ? "" : ` --repo ${shellWord(folder)}`}`,
  git: (words) => `git ${folder === undefined ? "" : `-C ${shellWord(folder)} `}${words}`,
});
