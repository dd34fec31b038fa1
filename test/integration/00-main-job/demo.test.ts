import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import {
  agentTreeRowSchema,
  budgetRecordSchema,
  messageRecordSchema,
  worktreeRecordSchema,
} from "../../../src/protocol/records.ts";
import { runCli } from "../../support/cli.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { temporaryFolder } from "../../support/store.ts";

const demoSchema = z.object({
  repository: z.string(),
  branch: z.string(),
  agents: z.array(agentTreeRowSchema),
  messages: z.array(messageRecordSchema),
  budget: z.array(budgetRecordSchema),
  merge: z.object({ commit: z.string(), files: z.array(z.string()) }),
});

const sample = {
  "README.md": "# Sample\n\nA small project.\n",
  "src/app.ts": "export function main() {}\nexport const answer = 42;\n",
  "src/lib/util.py": "def helper():\n    pass\n\nclass Thing:\n    pass\n",
  "docs/guide.md": "# Guide\n\n## First steps\n",
  "we|ird na`me/a.go": "package a\n\nfunc Run() {}\n",
};

const json = async (repository: string, ...args: readonly string[]): Promise<unknown> => {
  const outcome = await runCli([...args, "--json", "--repo", repository], { cwd: "." });
  expect(outcome.stderr).toBe("");
  expect(outcome.code).toBe(0);
  return JSON.parse(outcome.stdout);
};

async function runDemo(repository: TestRepository, ...args: readonly string[]) {
  const outcome = await runCli(["demo", "--repo", repository.root, "--json", ...args], { cwd: repository.root });
  expect(outcome.stderr).toBe("");
  expect(outcome.code).toBe(0);
  const demo = demoSchema.parse(JSON.parse(outcome.stdout));
  if (demo.repository !== repository.root) {
    onTestFinished(() => rm(dirname(demo.repository), { recursive: true, force: true }));
  }
  return demo;
}

describe("the demo", () => {
  test("surveys a clone, and the figures are the same afterwards as it told them", async () => {
    const repository = await createRepository({ files: sample });
    const before = await repository.fingerprint();
    const demo = await runDemo(repository);
    const git = (...args: readonly string[]) => repository.gitIn(demo.repository, ...args);

    expect(await repository.fingerprint()).toBe(before);
    expect(demo.agents.map((agent) => agent.status)).toEqual(["completed", "completed", "completed", "completed"]);
    expect(await git("rev-parse", "HEAD")).toBe(demo.merge.commit);
    expect(await git("rev-parse", "--abbrev-ref", "HEAD")).toBe(demo.branch);
    expect((await git("rev-list", "--parents", "-1", "HEAD")).split(" ")).toHaveLength(3);
    expect(await git("status", "--porcelain")).toBe("");
    expect((await git("worktree", "list")).split("\n")).toHaveLength(1);
    const pages = (await git("ls-tree", "--name-only", "HEAD", "docs/survey/")).split("\n");
    expect(pages).toContain("docs/survey/README.md");
    expect(pages).toHaveLength(4);
    const page = await git("show", "HEAD:docs/survey/src.md");
    expect(page).toContain("app.ts");
    expect(page).toMatch(/main.*answer/);
    expect(page).toMatch(/helper.*Thing/);

    expect(await json(demo.repository, "tree")).toEqual(demo.agents);
    expect(await json(demo.repository, "messages")).toEqual(demo.messages);
    const budgets = z.array(budgetRecordSchema).parse(await json(demo.repository, "budget"));
    expect(budgets).toEqual(expect.arrayContaining(demo.budget));
    const usd = budgets.filter((budget) => budget.unit === "usd");
    const root = usd.find((budget) => budget.agentId === demo.agents[0]?.id);
    expect(usd.reduce((sum, budget) => sum + budget.ownUsed, 0)).toBe(root?.used);
    expect(root?.used).toBeGreaterThan(0);
    const worktrees = z.array(worktreeRecordSchema).parse(await json(demo.repository, "worktrees", "list"));
    expect(worktrees.map((worktree) => worktree.status)).toEqual(["removed", "removed", "removed", "removed"]);
    const diff = await runCli(["diff", "lead", "--repo", demo.repository], { cwd: "." });
    expect(diff.stdout).toContain("+# Survey of the repository");
  });

  test("works in place, beside work that is not Banyan's", async () => {
    const repository = await createRepository({ files: sample });
    const demo = await runDemo(repository, "--in-place");
    expect(demo.repository).toBe(repository.root);
    expect(await repository.git("rev-parse", "HEAD")).toBe(demo.merge.commit);
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  test("surveys a repository without folders", async () => {
    const demo = await runDemo(await createRepository({ files: { "main.c": "int main(void) { return 0; }\n" } }));
    expect(demo.agents).toHaveLength(1);
    expect(demo.merge.files).toEqual(["docs/survey/README.md"]);
  });

  test("surveys a repository again, beside what it found before", async () => {
    const repository = await createRepository({ files: sample });
    await runDemo(repository, "--in-place");
    await repository.commit("More", { "src/more.ts": "export const more = 1;\n" });
    const demo = await runDemo(repository, "--in-place");
    expect(await repository.read("docs/survey/src.md")).toContain("more.ts");
    expect(demo.agents.filter((agent) => agent.parentId === null)).not.toHaveLength(0);
  });
});

describe("bad input", () => {
  const cases: readonly (readonly [string, (repository: TestRepository) => Promise<readonly string[]>, RegExp])[] = [
    ["a folder that is not there", async ({ root }) => ["demo", "--repo", `${root}/none`], /none/],
    [
      "a folder that is no repository",
      async () => ["demo", "--repo", await temporaryFolder()],
      /git init|no git repository/,
    ],
    ["a dirty tree, in place", (r) => r.write("new", "x").then(() => ["demo", "--in-place"]), /commit|stash/i],
    [
      "a detached HEAD, in place",
      (r) => r.git("checkout", "--quiet", "--detach").then(() => ["demo", "--in-place"]),
      /branch/,
    ],
    ["an unknown model", async () => ["demo", "--model", "nobody/knows"], /offline\/survey/],
    ["a missing script", async () => ["demo", "--model", "script/none.yaml"], /none\.yaml/],
    ["a negative budget", async () => ["demo", "--budget", "-1"], /budget/i],
    ["a budget that is none", async () => ["demo", "--budget", "abc"], /"abc".*--budget 2\.50/],
    ["a token budget that is none", async () => ["spawn", "x", "--tokens", "1.5"], /token/i],
    ["an unknown command", async () => ["dmeo"], /demo/],
    ["an unknown flag", async () => ["tree", "--jsn"], /--json/],
    ["an unknown agent", async () => ["show", "nobody"], /nobody|store/],
    ["no task", async () => ["spawn"], /task/i],
  ];

  test.each(cases)("%s is told in one line, and changes nothing", async (_, make, right) => {
    const repository = await createRepository({ files: sample });
    const args = await make(repository);
    const before = await repository.fingerprint();
    const outcome = await runCli(args, { cwd: repository.root });
    expect(outcome.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(outcome.stderr).toMatch(right);
    expect(outcome.stdout).toBe("");
    expect(outcome.code).toBe(args[0] === "show" ? 1 : 2);
    expect(await repository.fingerprint()).toBe(before);
    expect(await repository.has(".git/banyan")).toBe(false);
    expect(await repository.has(".banyan")).toBe(false);
  });

  test("a repository without a commit is told in one line, and changes nothing", async () => {
    const repository = await createRepository({ files: null });
    const outcome = await runCli(["demo", "--in-place"], { cwd: repository.root });
    expect(outcome.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(outcome.stderr).toMatch(/no commit/);
    expect(outcome.code).toBe(2);
    expect(await repository.has(".git/banyan")).toBe(false);
  });
});
