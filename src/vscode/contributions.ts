/**
 * What the extension contributes to the editor, stated once: package.json's section is made from it (manifest.ts), the
 * code refers to it, and a test holds the two together. Knows no `vscode`, so that Node can run it as it is.
 */

export const category = "Banyan";

export const containerId = "banyan";
export const agentsViewId = "banyan.agents";
export const logName = "Banyan";

/** Schemes of the read-only documents that the extension serves. */
export const agentScheme = "banyan";
export const gitScheme = "banyan-git";
export const messageScheme = "banyan-message";
/** Names rows whose agent's work collides; nothing is served. */
export const clashScheme = "banyan-clash";
/** What a program of the user's wrote. */
export const outputScheme = "banyan-output";

export const commentControllerId = "banyan.review";

export const messagesViewType = "banyan.messages";
export const reviewViewType = "banyan.review";

export interface CommandContribution {
  readonly title: string;
  /** A codicon, without `$( )`. */
  readonly icon: string;
  /** When the command palette offers it. */
  readonly palette: string;
}

/** Context keys: what the *Agents* view shows; whether any agent has not ended; whether any of them is paused. */
export const stateKey = "banyan.state";
export const openKey = "banyan.hasOpenAgents";
export const pausedKey = "banyan.hasPausedAgents";

/** Whether the editor with the focus shows a review; whether conflicts are being resolved in this window. */
export const reviewingKey = "banyan.reviewing";
export const resolvingKey = "banyan.resolving";

export const viewStates = [
  "noFolder",
  "untrusted",
  "noRepository",
  "noCommit",
  "loading",
  "noAgents",
  "agents",
  "broken",
] as const;
export type ViewState = (typeof viewStates)[number];

const when = (state: ViewState): string => `${stateKey} == ${state}`;
const whenAgents = when("agents");
const whenRepository = `${whenAgents} || ${when("noAgents")}`;

export const commands = {
  "banyan.spawnAgent": { title: "Spawn Agent", icon: "add", palette: whenRepository },
  "banyan.spawnWithOptions": { title: "Spawn Agent with Options…", icon: "add", palette: whenRepository },
  "banyan.pauseAgent": { title: "Pause Agent", icon: "debug-pause", palette: openKey },
  "banyan.resumeAgent": { title: "Resume Agent", icon: "debug-continue", palette: pausedKey },
  "banyan.stopAgent": { title: "Stop Agent", icon: "debug-stop", palette: openKey },
  "banyan.stopEverything": { title: "Stop Everything", icon: "stop-circle", palette: openKey },
  "banyan.raiseBudget": { title: "Raise Budget…", icon: "credit-card", palette: openKey },
  "banyan.giveMoreWork": { title: "Give More Work…", icon: "add", palette: whenAgents },
  "banyan.tryAgain": { title: "Try Again", icon: "debug-restart", palette: whenAgents },
  "banyan.showAgent": { title: "Show Agent", icon: "open-preview", palette: whenAgents },
  "banyan.openMessages": { title: "Open Messages", icon: "comment-discussion", palette: whenRepository },
  "banyan.sendMessage": { title: "Send Message…", icon: "mail", palette: whenAgents },
  /** For what names a message. */
  "banyan.sendAgain": { title: "Send Again", icon: "debug-restart", palette: "false" },
  "banyan.reviewAgent": { title: "Review Agent's Work", icon: "checklist", palette: whenAgents },
  "banyan.openDiff": { title: "Open Diff", icon: "diff-multiple", palette: whenAgents },
  "banyan.mergeAgent": { title: "Merge Agent's Work", icon: "git-merge", palette: whenAgents },
  "banyan.cleanUpWorktrees": { title: "Clean Up Worktrees…", icon: "clear-all", palette: whenRepository },
  "banyan.restoreWorktree": { title: "Restore Worktree…", icon: "history", palette: whenAgents },
  "banyan.undoMerge": { title: "Undo Merge…", icon: "discard", palette: whenAgents },
  "banyan.requestChanges": { title: "Request Changes…", icon: "request-changes", palette: whenAgents },
  "banyan.letAgentResolve": { title: "Let the Agent Resolve", icon: "wand", palette: whenAgents },
  "banyan.resolveInMergeEditor": { title: "Resolve in Merge Editor", icon: "git-merge", palette: whenAgents },
  "banyan.finishResolving": { title: "Finish Resolving", icon: "check", palette: whenAgents },
  "banyan.abandonResolving": { title: "Abandon Resolving…", icon: "discard", palette: whenAgents },
  "banyan.pushBranch": { title: "Push Agent's Branch", icon: "repo-push", palette: whenAgents },
  "banyan.openPullRequest": { title: "Open Pull Request…", icon: "git-pull-request-create", palette: whenAgents },
  /** For the threads of a review in the editor's own diff. */
  "banyan.addComment": { title: "Add Comment", icon: "comment", palette: "false" },
  "banyan.editComment": { title: "Edit Comment", icon: "edit", palette: "false" },
  "banyan.saveComment": { title: "Save", icon: "check", palette: "false" },
  "banyan.cancelComment": { title: "Cancel", icon: "close", palette: "false" },
  "banyan.deleteComment": { title: "Delete Comment", icon: "trash", palette: "false" },
  "banyan.resolveThread": { title: "Mark as Resolved", icon: "pass", palette: "false" },
  "banyan.reopenThread": { title: "Mark as Unresolved", icon: "issue-reopened", palette: "false" },
  "banyan.runDemo": { title: "Run the Demo", icon: "play", palette: whenRepository },
  "banyan.retry": { title: "Retry", icon: "refresh", palette: when("broken") },
  "banyan.showLog": { title: "Show Log", icon: "output", palette: "true" },
} as const satisfies Record<string, CommandContribution>;
export type CommandId = keyof typeof commands;

/** What the item of an agent carries for `when` clauses: `agent.root.ended.work.again`. */
export interface AgentFacts {
  readonly place: "root" | "child";
  readonly life: "live" | "paused" | "ended";
  /** `work`: a branch that may hold changes; `merged`: it is in its target; `conflict`: its conflicts are being resolved. */
  readonly work: "none" | "work" | "merged" | "conflict";
  /**
   * What lets it go on. `budget`: it waits for that. `more`: it has completed and can be given more work; `again`: it ended
   * otherwise, and its own work can be tried again too.
   */
  readonly next: "none" | "budget" | "more" | "again";
}
export const contextValueOf = ({ place, life, work, next }: AgentFacts): string =>
  `agent.${place}.${life}.${work}.${next}`;

type Pattern = Partial<Record<keyof AgentFacts, string>>;
const item = ({ place = "\\w+", life = "\\w+", work = "\\w+", next = "\\w+" }: Pattern): string =>
  `view == ${agentsViewId} && viewItem =~ /^agent\\.${place}\\.${life}\\.${work}\\.${next}$/`;

const isAgent = item({});
const isLive = item({ life: "live" });
/** Beside what helps an agent that waits for it, there is no room for what nobody would do. */
const isAtWork = item({ life: "live", next: "none" });
const isPaused = item({ life: "paused" });
const isOpen = item({ life: "(live|paused)" });
const lacksBudget = item({ next: "budget" });
const canGoOn = item({ next: "(more|again)" });
const canTryAgain = item({ next: "again" });
const hasWork = item({ work: "(work|merged|conflict)" });
const isMerged = item({ place: "root", work: "merged" });
const isResolvable = item({ life: "ended", work: "(work|conflict)" });
const isInConflict = item({ life: "ended", work: "conflict" });
const isMergeable = item({ place: "root", life: "ended", work: "work" });

export interface ItemMenu {
  readonly command: CommandId;
  readonly when: string;
  readonly group: string;
}
export const itemMenus: readonly ItemMenu[] = [
  { command: "banyan.reviewAgent", when: hasWork, group: "inline@1" },
  { command: "banyan.openDiff", when: hasWork, group: "inline@2" },
  { command: "banyan.mergeAgent", when: isMergeable, group: "inline@3" },
  { command: "banyan.raiseBudget", when: lacksBudget, group: "inline@3" },
  { command: "banyan.tryAgain", when: canTryAgain, group: "inline@4" },
  { command: "banyan.pauseAgent", when: isAtWork, group: "inline@5" },
  { command: "banyan.resumeAgent", when: isPaused, group: "inline@5" },
  { command: "banyan.stopAgent", when: isOpen, group: "inline@6" },
  { command: "banyan.showAgent", when: isAgent, group: "1_show@1" },
  { command: "banyan.reviewAgent", when: hasWork, group: "1_show@2" },
  { command: "banyan.openDiff", when: hasWork, group: "1_show@3" },
  { command: "banyan.sendMessage", when: isAgent, group: "1_show@4" },
  { command: "banyan.finishResolving", when: isInConflict, group: "inline@3" },
  { command: "banyan.requestChanges", when: hasWork, group: "2_merge@1" },
  { command: "banyan.mergeAgent", when: isMergeable, group: "2_merge@2" },
  { command: "banyan.undoMerge", when: isMerged, group: "2_merge@2" },
  { command: "banyan.letAgentResolve", when: isResolvable, group: "2_resolve@1" },
  { command: "banyan.resolveInMergeEditor", when: isResolvable, group: "2_resolve@2" },
  { command: "banyan.finishResolving", when: isInConflict, group: "2_resolve@3" },
  { command: "banyan.abandonResolving", when: isInConflict, group: "2_resolve@4" },
  { command: "banyan.pushBranch", when: hasWork, group: "2_share@1" },
  { command: "banyan.openPullRequest", when: hasWork, group: "2_share@2" },
  { command: "banyan.pauseAgent", when: isLive, group: "3_control@1" },
  { command: "banyan.resumeAgent", when: isPaused, group: "3_control@1" },
  { command: "banyan.raiseBudget", when: isOpen, group: "3_control@2" },
  { command: "banyan.tryAgain", when: canTryAgain, group: "3_control@3" },
  { command: "banyan.giveMoreWork", when: canGoOn, group: "3_control@4" },
  { command: "banyan.stopAgent", when: isOpen, group: "4_stop@1" },
];

export const titleMenus: readonly ItemMenu[] = [
  {
    command: "banyan.spawnAgent",
    when: `view == ${agentsViewId} && ${stateKey} =~ /^(agents|noAgents)$/`,
    group: "navigation@1",
  },
  {
    command: "banyan.openMessages",
    when: `view == ${agentsViewId} && ${whenAgents}`,
    group: "navigation@2",
  },
  { command: "banyan.retry", when: `view == ${agentsViewId} && ${when("broken")}`, group: "navigation@1" },
  { command: "banyan.runDemo", when: `view == ${agentsViewId} && ${whenAgents}`, group: "1_run@1" },
  { command: "banyan.cleanUpWorktrees", when: `view == ${agentsViewId} && ${whenAgents}`, group: "1_run@2" },
  { command: "banyan.restoreWorktree", when: `view == ${agentsViewId} && ${whenAgents}`, group: "1_run@3" },
  { command: "banyan.spawnWithOptions", when: `view == ${agentsViewId} && ${whenAgents}`, group: "1_run@1" },
  { command: "banyan.runDemo", when: `view == ${agentsViewId} && ${whenAgents}`, group: "1_run@2" },
  { command: "banyan.stopEverything", when: `view == ${agentsViewId} && ${openKey}`, group: "2_stop@1" },
  { command: "banyan.showLog", when: `view == ${agentsViewId}`, group: "3_log@1" },
];

const isOwnThread = `commentController == ${commentControllerId}`;

/** What the threads of a review and the titles of editors offer, by the editor's names for their menus. */
export const editorMenus: Readonly<Record<string, readonly ItemMenu[]>> = {
  "comments/commentThread/context": [{ command: "banyan.addComment", when: isOwnThread, group: "inline" }],
  "comments/commentThread/title": [
    { command: "banyan.resolveThread", when: `${isOwnThread} && commentThread == open`, group: "navigation@1" },
    { command: "banyan.reopenThread", when: `${isOwnThread} && commentThread == resolved`, group: "navigation@1" },
    { command: "banyan.requestChanges", when: `${isOwnThread} && !commentThreadIsEmpty`, group: "navigation@2" },
  ],
  "comments/comment/title": [
    { command: "banyan.editComment", when: `${isOwnThread} && comment == pending`, group: "inline@1" },
    { command: "banyan.deleteComment", when: `${isOwnThread} && comment == pending`, group: "inline@2" },
  ],
  "comments/comment/context": [
    { command: "banyan.cancelComment", when: isOwnThread, group: "inline@1" },
    { command: "banyan.saveComment", when: isOwnThread, group: "inline@2" },
  ],
  "editor/title": [
    { command: "banyan.requestChanges", when: reviewingKey, group: "navigation@1" },
    { command: "banyan.finishResolving", when: `${resolvingKey} && isMergeEditor`, group: "navigation@1" },
    { command: "banyan.abandonResolving", when: `${resolvingKey} && isMergeEditor`, group: "1_resolve@1" },
  ],
};

const button = (title: string, command: string): string => `[${title}](command:${command})`;
const ownButton = (command: CommandId): string => button(commands[command].title, command);

/** What the empty view says. A broken view has no entry: its message and its two buttons are rows of the view itself. */
export const welcomes: Readonly<Partial<Record<ViewState, readonly string[]>>> = {
  noFolder: ["Agents work in the git repository of an open folder.", button("Open Folder", "vscode.openFolder")],
  untrusted: [
    "Agents change files and run git. They stay off until you trust this folder.",
    button("Manage Workspace Trust", "workbench.trust.manage"),
  ],
  noRepository: [
    "This folder is not in a git repository. Each agent works in a git worktree of its own.",
    button("Initialize Repository", "git.init"),
  ],
  noCommit: ["This repository has no commit yet. Agents start from one: make the first commit, and they can."],
  noAgents: [
    "No agents yet. The demo surveys this repository with a team of agents: no key, no network, nothing to pay.",
    ownButton("banyan.runDemo"),
    ownButton("banyan.spawnAgent"),
  ],
};
