/** Where a worktree's own record is, and where its files are by now. */
export interface SetUpPlace {
  /** The worktree's own folder in the common git directory. */
  readonly adminDir: string;
  readonly folder: string;
}

/**
 * The ignored files that a worktree's set-up brought and that are as they were since: paths of files from the worktree's
 * root. They can be had again, and are not kept when the worktree is removed.
 */
export type UnchangedSinceSetUp = (place: SetUpPlace) => Promise<ReadonlySet<string>>;

export const unchangedSinceSetUp: UnchangedSinceSetUp = async () => new Set();
