import { ok, type Result, refuse } from "../../base/errors.ts";
import type { ReadEngine } from "../../engine/join/read.ts";
import { requestPage } from "../../engine/worktrees/remotes.ts";
import type { AgentRecord, WorktreeRecord } from "../../protocol/records.ts";
import { isEnded } from "../../protocol/words.ts";
import { agentArgument, defineCommand } from "../command.ts";
import type { Context, ExitCode } from "../context.ts";
import { findRemote, type Remote } from "../remote.ts";
import { type Line, line, span } from "../render/line.ts";
import { firstLine, truncate } from "../render/text.ts";
import { reading } from "../session.ts";
import { runAsUser } from "../userProgram.ts";

export const pushCommand = defineCommand({
  name: "push",
  summary: "Push an agent's branch to a remote, and open a pull request",
  details: [
    "Runs your own git: with your credentials and your hooks. What the agent has committed is pushed, under the name that\nthe branch has here; nothing is merged. --pr opens a pull request with gh where that is installed, and else says\nwhere to open it.",
    "A team that started from your uncommitted changes has these in its branch: it is pushed only --with-carried.",
    "--json prints an object with agent, branch, remote, page and pullRequest.",
  ],
  examples: ["push lead", "push lead --remote fork --pr"],
  arguments: { agent: agentArgument },
  values: {
    remote: { placeholder: "NAME", example: "origin", help: "Remote to push to (default: your branch's, or origin)" },
  },
  flags: {
    pr: { help: "Open a pull request" },
    "with-carried": { help: "Push your uncommitted changes, which the team started from, too" },
  },
  async run(input, context) {
    const found = await reading(context, (engine) => findWork(engine, input.argument("agent")));
    if (!found.ok) return found;
    const { agent, worktree, into } = found.value;
    if (worktree.carriedCommit !== null && !input.flag("with-carried")) return refuse("bad_input", carried(worktree));
    const remote = await findRemote(context.folder, { branch: worktree.branch, into, name: input.value("remote") });
    if (!remote.ok) return remote;
    if (!isEnded(agent.status)) context.terminal.note(`${agent.name} has not ended: what it has committed is pushed.`);
    if (!(await push(context, remote.value, worktree.branch))) return ok(1);
    return report(context, found.value, remote.value, input.flag("pr"));
  },
});

interface Work {
  readonly agent: AgentRecord;
  readonly worktree: WorktreeRecord;
  /** The user's branch that the team's work is for. */
  readonly into: string;
}

async function findWork({ agents, worktrees }: ReadEngine, word: string): Promise<Result<Work>> {
  const agent = await agents.find(word);
  if (!agent.ok) return agent;
  const { id, rootId, name } = agent.value;
  const all = await worktrees.list();
  const worktree = all.find(({ agentId }) => agentId === id);
  const root = all.find(({ agentId }) => agentId === rootId);
  if (worktree === undefined || worktree.headCommit === null) {
    return refuse("nothing_to_merge", `${name} has no branch yet: it has not worked on files.`);
  }
  return ok({ agent: agent.value, worktree, into: (root ?? worktree).targetBranch });
}

const carried = ({ branch }: WorktreeRecord): string =>
  `${branch} holds your uncommitted changes, which the team started from: push them too with --with-carried, or merge first and push your own branch.`;

/** Whether it went well; if not, why is said. */
async function push({ terminal }: Context, remote: Remote, branch: string): Promise<boolean> {
  const ref = `refs/heads/${branch}`;
  const code = await runAsUser({
    program: "git",
    args: ["push", remote.name, `${ref}:${ref}`],
    cwd: remote.root,
    mayAsk: terminal.isScreen,
    onLine: (text) => terminal.note(text),
  });
  if (code !== 0) terminal.complain(`git push ended with ${code}: see above. Nothing was changed here.`);
  return code === 0;
}

async function report(context: Context, work: Work, remote: Remote, wanted: boolean): Promise<Result<ExitCode>> {
  const { agent, worktree, into } = work;
  const page = requestPage(remote.url, { base: into, head: worktree.branch }) ?? null;
  const request = wanted ? await openRequest(context, work, remote) : { code: 0, address: null };
  const pullRequest = request.address;
  const { terminal } = context;
  if (context.json) {
    terminal.json({
      agent: { id: agent.id, name: agent.name },
      branch: worktree.branch,
      remote: remote.name,
      page,
      pullRequest,
    });
  } else terminal.print(...pushedLines(worktree.branch, remote, pullRequest, page));
  if (request.code === null) terminal.note(missing(page));
  else if (request.code > 0) terminal.complain(`The branch is pushed, but gh ended with ${request.code}: see above.`);
  return ok(request.code === 0 || (request.code === null && page !== null) ? 0 : 1);
}

function pushedLines(branch: string, remote: Remote, request: string | null, page: string | null): Line[] {
  const heading = [span("✓ ", "green"), span(`Pushed ${branch}`, "bold"), span(`  to ${remote.name}`)];
  if (request !== null) return [heading, line(`Pull request: ${request}`)];
  return page === null ? [heading] : [heading, line(`Open a pull request: ${page}`, "dim")];
}

const missing = (page: string | null): string =>
  page === null
    ? "No pull request was opened: gh is not installed, and where this remote has its pages is not known."
    : "gh is not installed: open the pull request on that page.";

interface Request {
  readonly code: number | null;
  readonly address: string | null;
}

const LONGEST_TITLE = 70;

/** What `gh` exited with, null where there is none, and the address of the pull request. */
async function openRequest({ terminal }: Context, work: Work, { root }: Remote): Promise<Request> {
  const { agent, worktree, into } = work;
  const title = truncate(firstLine(agent.task), LONGEST_TITLE);
  const body = agent.result?.summary.trim() ?? agent.task.trim();
  let address: string | null = null;
  const code = await runAsUser({
    program: "gh",
    args: ["pr", "create", "--head", worktree.branch, "--base", into, "--title", title, "--body", body],
    cwd: root,
    mayAsk: terminal.isScreen,
    onLine(text, stream) {
      if (stream === "stdout" && /^https?:\/\//.test(text)) address = text.trim();
      else terminal.note(text);
    },
  });
  return { code, address };
}
