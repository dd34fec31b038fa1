import { execFile } from "node:child_process";
import * as vscode from "vscode";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import { requestPage, usualRemote } from "../../engine/worktrees/remotes.ts";
import type { WorktreeRecord } from "../../protocol/records.ts";
import { type EditorRemote, type EditorRepository, gitOutputOf, openedRepository } from "./gitExtension.ts";

/** A branch of an agent's, and where it is pushed to. */
export interface PushPlan {
  readonly repository: EditorRepository;
  readonly root: string;
  readonly branch: string;
  /** The user's branch that the work is for. */
  readonly into: string;
  readonly remote: EditorRemote;
}

/** What is there to push, and where; undefined where the user picks no remote. */
export async function planPush(engine: Engine, agentId: string, rootId: string): Promise<Result<PushPlan> | undefined> {
  const worktrees = await engine.worktrees.list();
  const worktree = worktrees.find((each) => each.agentId === agentId);
  const into = (worktrees.find((each) => each.agentId === rootId) ?? worktree)?.targetBranch;
  if (worktree?.headCommit == null || into === undefined) {
    return refuse("nothing_to_merge", "There is no branch to push: the agent has not worked on files.");
  }
  const { root } = engine.repository;
  const repository = await openedRepository(root);
  if (repository === undefined) {
    return refuse(
      "bad_input",
      "The editor's git extension is switched off, or has not opened this repository: push in a terminal with banyan push.",
    );
  }
  if (!(await agreesToCarried(worktree))) return undefined;
  const remote = await pickRemote(repository, into);
  return remote?.ok ? ok({ repository, root, branch: worktree.branch, into, remote: remote.value }) : remote;
}

/** The user's uncommitted changes are in the history of a team that started from them. */
async function agreesToCarried({ branch, carriedCommit }: WorktreeRecord): Promise<boolean> {
  if (carriedCommit === null) return true;
  const push = "Push Them Too";
  const detail =
    "The team started from them, so they are in its history. Merge the work and push your own branch to keep them out.";
  const text = `${branch} holds your uncommitted changes.`;
  return (await vscode.window.showWarningMessage(text, { modal: true, detail }, push)) === push;
}

async function pickRemote(repository: EditorRepository, into: string): Promise<Result<EditorRemote> | undefined> {
  const { remotes } = repository.state;
  const names = remotes.map(({ name }) => name);
  if (names.length === 0) {
    return refuse(
      "not_found",
      "This repository has no remote: add one first, for instance with git remote add origin URL.",
    );
  }
  const branchs = await repository.getConfig(`branch.${into}.remote`).catch(() => undefined);
  const name =
    usualRemote(names, branchs?.trim()) ??
    (await vscode.window.showQuickPick(names, { title: "Push Agent's Branch", placeHolder: "To which remote?" }));
  const remote = remotes.find((each) => each.name === name);
  return remote && ok(remote);
}

/** Pushes with the editor's own git, and so with the user's credentials and hooks. What git wrote stands behind the first line. */
export async function push({ repository, remote, branch }: PushPlan, setUpstream: boolean): Promise<Result<null>> {
  try {
    await repository.push(remote.name, branch, setUpstream);
    return ok(null);
  } catch (error) {
    const wrote = gitOutputOf(error);
    return refuse("bad_input", `${branch} could not be pushed to ${remote.name}: ${messageOf(error)}\n${wrote}`);
  }
}

const pullRequestExtension = "GitHub.vscode-pull-request-github";

export const hasPullRequestExtension = (): boolean =>
  vscode.extensions.getExtension(pullRequestExtension) !== undefined;

/** Where a request is opened for a branch that was pushed: in the editor, with `gh` in a terminal, or on the remote's page. */
export async function openRequest(plan: PushPlan): Promise<Result<null>> {
  const { root, branch, into, remote } = plan;
  if (hasPullRequestExtension()) {
    await vscode.commands.executeCommand("pr.create", { repoPath: root, compareBranch: branch });
    return ok(null);
  }
  const page = requestPage(remote.pushUrl ?? remote.fetchUrl ?? "", { base: into, head: branch });
  const isGitLab = page?.includes("/-/merge_requests/") === true;
  if (!isGitLab && (await isInstalled("gh"))) {
    // Without a shell in between: a branch's name may hold what a shell would obey.
    const shellArgs = ["pr", "create", "--head", branch, "--base", into, "--web"];
    vscode.window.createTerminal({ name: "Pull Request", cwd: root, shellPath: "gh", shellArgs }).show();
    return ok(null);
  }
  if (page === undefined) {
    return refuse(
      "bad_input",
      `${branch} is pushed to ${remote.name}, whose page for pull requests is not known: open one there.`,
    );
  }
  await vscode.env.openExternal(vscode.Uri.parse(page, true));
  return ok(null);
}

const isInstalled = (program: string): Promise<boolean> =>
  new Promise((resolve) => execFile(program, ["--version"], (error) => resolve(error === null)));
