import * as vscode from "vscode";
import { type Result, refuse } from "../../base/errors.ts";
import { canDiff } from "../agentFacts.ts";
import { noticeText } from "../escape.ts";
import { hasPullRequestExtension, openRequest, type PushPlan, planPush, push } from "../merging/pushing.ts";
import { type Command, type CommandServices, withViewProgress } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

/** *Push Agent's Branch*: through the editor's own git, to the remote of the branch that the work is for. */
export const pushBranch: Command = async (services, argument) => {
  const pushed = await pushWork(services, argument, "Push Agent's Branch", false);
  if (!pushed?.ok) return pushed;
  const { branch, remote } = pushed.value;
  void vscode.window.showInformationMessage(noticeText(`Pushed ${branch} to ${remote.name}.`));
  return pushed;
};

/** *Open Pull Request…*: pushes the branch first. The GitHub extension looks for a branch with an upstream. */
export const openPullRequest: Command = async (services, argument) => {
  const pushed = await pushWork(services, argument, "Open Pull Request", hasPullRequestExtension());
  return pushed?.ok ? openRequest(pushed.value) : pushed;
};

async function pushWork(
  services: CommandServices,
  argument: unknown,
  title: string,
  setUpstream: boolean,
): Promise<Result<PushPlan> | undefined> {
  const picked = await pickAgent(services, argument, {
    title,
    fits: canDiff,
    none: "No agent has a branch with work in it yet.",
  });
  if (!picked?.ok) return picked;
  const { engine, row } = picked.value;
  const plan = await planPush(engine, row.id, row.rootId);
  if (!plan?.ok) return plan;
  const pushed = await withViewProgress(() => push(plan.value, setUpstream));
  if (pushed.ok) return plan;
  const [line = "", ...wrote] = pushed.refusal.message.split("\n");
  const text = wrote.join("\n").trim();
  if (text === "") return refuse(pushed.refusal.code, line);
  void services.outputs.offer(line, { name: `Push of ${row.name}`, text });
  return undefined;
}
