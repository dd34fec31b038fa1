import { lstat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Whether a folder on the way from `root` to `path` is a link, so that the path leads somewhere else. */
export const leadsThroughLink = (root: string, path: string): Promise<boolean> => createLinkCheck(root)(path);

/** As `leadsThroughLink` for many paths of one root: looks at each folder once. */
export function createLinkCheck(root: string): (path: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  const isLinked = (folder: string): Promise<boolean> => {
    const before = known.get(folder);
    if (before !== undefined) return before;
    const answer = look(folder);
    known.set(folder, answer);
    return answer;
  };
  const look = async (folder: string): Promise<boolean> => {
    if (folder === ".") return false;
    if (await isLinked(dirname(folder))) return true;
    const stats = await lstat(join(root, folder)).catch(() => undefined);
    return stats?.isSymbolicLink() === true;
  };
  return (path) => isLinked(dirname(path));
}
