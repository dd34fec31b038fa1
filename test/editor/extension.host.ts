import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import * as vscode from "vscode";
import type { BanyanApi } from "../../src/vscode/api.ts";
import { commands } from "../../src/vscode/contributions.ts";
import type { Fact } from "./host/facts.ts";

/** The extension from inside, in a folder that is no repository before a fact makes it one. */
const extension = vscode.extensions.getExtension<BanyanApi>("banyan.banyan");
assert.ok(extension);
const { extensionPath, packageJSON } = extension;

function folder(): string {
  const [first] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(first);
  return first.uri.fsPath;
}

async function initRepository(): Promise<void> {
  const git = (...args: string[]) => promisify(execFile)("git", args, { cwd: folder() });
  await git("init", "--quiet", "--initial-branch=main");
  await git("config", "user.name", "Una User");
  await git("config", "user.email", "una@example.org");
  await git("add", "--all");
  await git("commit", "--quiet", "-m", "First");
}

/** Whether the engine's bundle was loaded; this process has one cache of modules. */
const engineIsLoaded = (): boolean =>
  join(extensionPath, "dist", "engine.cjs") in createRequire(join(extensionPath, "package.json")).cache;

type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: { code: string } };

function valueIn<T>(answer: Answer<T>): T {
  assert.ok(answer.ok, JSON.stringify(answer));
  return answer.value;
}

const codeIn = (answer: Answer<unknown>): string => (answer.ok ? "ok" : answer.refusal.code);

let leadId = "";

export const facts: readonly Fact[] = [
  {
    name: "it activates and returns agents, messages, budgets and worktrees",
    run: async () => {
      const api = await extension.activate();
      assert.deepEqual(Object.keys(api).sort(), ["agents", "budgets", "messages", "reviews", "worktrees"]);
    },
  },
  {
    name: "every command that it contributes is registered",
    run: async () => {
      const registered = new Set(await vscode.commands.getCommands(true));
      const contributed: readonly { readonly command: string }[] = packageJSON.contributes.commands;
      assert.deepEqual(contributed.map(({ command }) => command).sort(), Object.keys(commands).sort());
      for (const { command } of contributed) assert.ok(registered.has(command), command);
    },
  },
  {
    name: "it asks for no proposed API",
    run: () => assert.equal(packageJSON.enabledApiProposals, undefined),
  },
  {
    name: "without a repository every call is refused, and the engine is not loaded",
    run: async () => {
      const { agents, budgets, worktrees } = await extension.activate();
      assert.equal(codeIn(await agents.tree()), "not_a_repository");
      assert.equal(codeIn(await budgets.list()), "not_a_repository");
      assert.equal(codeIn(await worktrees.list()), "not_a_repository");
      assert.equal(engineIsLoaded(), false);
    },
  },
  {
    name: "in a repository without agents reading is refused, and the engine is still not loaded",
    run: async () => {
      await initRepository();
      const { agents, messages } = await extension.activate();
      assert.equal(codeIn(await agents.tree()), "store_missing");
      assert.equal(codeIn(await messages.list()), "store_missing");
      assert.equal(engineIsLoaded(), false);
    },
  },
  {
    name: "agents.spawn starts a team, which completes; only that loads the engine",
    run: async () => {
      const { agents } = await extension.activate();
      const lead = valueIn(
        await agents.spawn({
          task: "Survey this repository.",
          model: "offline/survey",
          budgetUsd: 1_000_000,
          budgetTokens: 1_000_000,
        }),
      );
      leadId = lead.id;
      assert.equal(engineIsLoaded(), true);
      assert.equal(valueIn(await agents.whenEnded(leadId)).status, "completed");
      const tree = valueIn(await agents.tree());
      assert.equal(tree[0]?.id, leadId);
      assert.ok(valueIn(await agents.turns(leadId)).length > 0);
      assert.ok(valueIn(await agents.transcript(leadId)).length > 0);
    },
  },
  {
    name: "budgets, messages and worktrees answer for that team",
    run: async () => {
      const { agents, budgets, messages, worktrees } = await extension.activate();
      const row = valueIn(await agents.tree(leadId))[0];
      const usd = valueIn(await budgets.list(leadId)).find(({ unit }) => unit === "usd");
      assert.equal(usd?.used, row?.figures.subtreeCostUsd);
      assert.ok(valueIn(await budgets.ledger(leadId)).length > 0);
      assert.equal(valueIn(await messages.list(leadId))[0]?.kind, "task");
      assert.equal(valueIn(await worktrees.list())[0]?.agentId, leadId);
      const diff = valueIn(await worktrees.diff(leadId));
      assert.deepEqual(
        diff.files.map(({ path }) => path),
        ["docs/survey/README.md"],
      );
      const page = valueIn(await worktrees.readFileAt(diff.headCommit, "docs/survey/README.md"));
      assert.match(new TextDecoder().decode(page), /^# Survey/);
    },
  },
  {
    name: "an id that is unknown is refused, by calls and by commands, without an exception",
    run: async () => {
      const { agents } = await extension.activate();
      assert.equal(codeIn(await agents.find("nobody")), "not_found");
      const answer = await vscode.commands.executeCommand<Answer<unknown>>("banyan.showAgent", "nobody");
      assert.equal(codeIn(answer), "not_found");
    },
  },
  {
    name: "worktrees.merge merges into the branch that is checked out",
    run: async () => {
      const { worktrees } = await extension.activate();
      const merged = valueIn(await worktrees.merge(leadId));
      assert.deepEqual(merged.files, ["docs/survey/README.md"]);
      const page = vscode.Uri.file(join(folder(), "docs", "survey", "README.md"));
      assert.ok((await vscode.workspace.fs.stat(page)).size > 0);
    },
  },
];
