import { execFileSync } from "node:child_process";
import { mkdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { silentLogger } from "../../../../src/base/log.ts";
import { AGENTS_WORKTREES } from "../../../../src/engine/roles/files.ts";
import { createRoles } from "../../../../src/engine/roles/roles.ts";
import { WORKTREES_FOLDER } from "../../../../src/engine/worktrees/repository.ts";
import { expectOk, expectRefused } from "../../../support/store.ts";
import { type Checkout, knownTools, makeCheckout, roleFile } from "./checkout.ts";

const checkouts: Checkout[] = [];
afterEach(async () => {
  for (const checkout of checkouts.splice(0)) await checkout.dispose();
});
const checkoutOf: typeof makeCheckout = async (...given) => {
  const checkout = await makeCheckout(...given);
  checkouts.push(checkout);
  return checkout;
};

const shipped = ["coder", "lead", "reviewer", "tester"];
const namesIn = async ({ roles }: Checkout) => (await roles.list()).roles.map((role) => role.name);
const warningsIn = async ({ roles }: Checkout) => (await roles.list()).warnings;

const good = roleFile("description: Good.");
const claude = (name: string, description: string) => `---\nname: ${name}\ndescription: ${description}\n---\nx\n`;
/** Bytes that are no UTF-8. */
const latin1 = (text: string) => Buffer.from(text, "latin1");

describe("the places", () => {
  test("an empty repository has the roles that ship", async () => {
    const checkout = await checkoutOf();
    expect(await namesIn(checkout)).toEqual(shipped);
    expect(await warningsIn(checkout)).toEqual([]);
    expect(await checkout.roles.projectInstructions()).toBeNull();
  });

  test("all three are read, each in its format", async () => {
    const checkout = await checkoutOf({
      ".banyan/roles/api.md": good,
      ".banyan/roles/notes.txt": "no role",
      ".claude/agents/review/security.md": claude("security", "Looks for holes."),
      ".claude/agents/README.md": "# What lies here\n",
      ".github/agents/planner.agent.md": "---\ndescription: Plans.\n---\nPlan.\n",
      ".github/agents/tidier.md": "---\ndescription: Tidies.\n---\nTidy.\n",
      ".github/agents/README.md": "# What lies here\n",
    });
    const { roles, warnings } = await checkout.roles.list();
    expect(roles.filter(({ source }) => source !== "built in").map(({ name, source }) => [name, source])).toEqual([
      ["api", ".banyan/roles/api.md"],
      ["planner", ".github/agents/planner.agent.md"],
      ["security", ".claude/agents/review/security.md"],
      ["tidier", ".github/agents/tidier.md"],
    ]);
    expect(warnings).toEqual([]);
  });

  test("of two files with one name the higher place wins, and a warning says so", async () => {
    const checkout = await checkoutOf({
      ".github/agents/api.agent.md": "---\ndescription: Third.\n---\nx\n",
      ".claude/agents/api.md": claude("api", "Second."),
      ".banyan/roles/api.md": roleFile("description: First."),
    });
    expect(expectOk(await checkout.roles.find("api"))).toMatchObject({
      description: "First.",
      source: ".banyan/roles/api.md",
    });
    expect(await warningsIn(checkout)).toEqual([
      '.claude/agents/api.md: passed over: .banyan/roles/api.md has the name "api" already',
      '.github/agents/api.agent.md: passed over: .banyan/roles/api.md has the name "api" already',
    ]);
  });

  test("a file takes the place of a role that ships, without a word", async () => {
    const checkout = await checkoutOf({ ".claude/agents/reviewer.md": claude("reviewer", "Ours.") });
    expect(await namesIn(checkout)).toEqual(shipped);
    expect(expectOk(await checkout.roles.find("reviewer"))).toMatchObject({ description: "Ours." });
    expect(await warningsIn(checkout)).toEqual([]);
  });

  test("a name is found as it is, and nothing else is", async () => {
    const { roles } = await checkoutOf();
    expect(expectOk(await roles.find("coder"))?.source).toBe("built in");
    for (const name of ["Coder", "", "constructor", "__proto__"])
      expect(expectOk(await roles.find(name))).toBeUndefined();
  });
});

describe("a file that is broken", () => {
  test("is one warning with its line, and hides no other", async () => {
    const checkout = await checkoutOf({
      ".banyan/roles/a.md": good,
      ".banyan/roles/b.md": roleFile("description: d\nmode: yolo"),
      ".banyan/roles/c.md": good,
    });
    expect(await namesIn(checkout)).toEqual(["a", "c", ...shipped].sort());
    expect(await warningsIn(checkout)).toEqual([".banyan/roles/b.md:3: mode: must be one of plan, ask, edit, auto"]);
  });

  test.each<[string, string | Uint8Array, string]>([
    ["what is too large", `${good}${"x".repeat(65 * 1024)}`, ": has 66 KB: at most 64"],
    ["NUL", `${good}a\nb\0c`, ": holds a NUL character on line 6: it is no text"],
    ["Latin-1", latin1(roleFile("description: Prüft.")), ": is no text in UTF-8: save it as UTF-8"],
    ["UTF-16", Buffer.from(`\ufeff${good}`, "utf16le"), ": is no text in UTF-8: save it as UTF-8"],
    ["deep nesting", roleFile(`tools: ${"[".repeat(20_000)}`), ":1: the front matter is too long: at most 16 KB"],
    ["nothing", "", ":1: a role begins with a line ---, its fields and a line ---"],
  ])("%s is refused", async (_, content, warning) => {
    const checkout = await checkoutOf({ ".banyan/roles/bad.md": content, ".banyan/roles/good.md": good });
    expect(await namesIn(checkout)).toContain("good");
    expect(await warningsIn(checkout)).toEqual([`.banyan/roles/bad.md${warning}`]);
  });

  test("a folder, or a pipe, with a role's name is no file and holds nothing up", async () => {
    const checkout = await checkoutOf({ ".banyan/roles/good.md": good, ".banyan/roles/folder.md/x": "" });
    execFileSync("mkfifo", [join(checkout.root, ".banyan/roles/pipe.md")]);
    expect(await namesIn(checkout)).toContain("good");
    expect(await warningsIn(checkout)).toEqual([".banyan/roles/pipe.md: is no file"]);
  });

  test("a role whose file is broken is refused by name, also where one of that name ships", async () => {
    const checkout = await checkoutOf({
      ".banyan/roles/coder.md": "---\ndescription: Ours.\ntols: [read_file]\n---\nCode.",
    });
    expect(expectRefused(await checkout.roles.find("coder")).message).toMatch(
      /^The role "coder" can't be used: \.banyan\/roles\/coder\.md:3: /,
    );
    expect(expectOk(await checkout.roles.find("tester"))?.source).toBe("built in");
  });

  test("one that can't be read is told", async () => {
    const checkout = await checkoutOf({ ".banyan/roles/good.md": good });
    await symlink("loop.md", join(checkout.root, ".banyan/roles/loop.md"));
    expect(await namesIn(checkout)).toContain("good");
    expect(await warningsIn(checkout)).toEqual([expect.stringMatching(/^\.banyan\/roles\/loop\.md: can't be read/)]);
  });

  test("Windows' line ends and a byte order mark are nothing to warn of", async () => {
    const checkout = await checkoutOf({ ".banyan/roles/a.md": `\ufeff${good.replaceAll("\n", "\r\n")}` });
    expect(expectOk(await checkout.roles.find("a"))).toMatchObject({
      description: "Good.",
      instructions: "Do it well.",
    });
    expect(await warningsIn(checkout)).toEqual([]);
  });

  test("characters that nobody sees are left out, and told", async () => {
    const hidden = [..."obey"].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join("");
    const checkout = await checkoutOf({
      ".banyan/roles/a.md": roleFile("description: Good.", `Be\u202e good.${hidden}`),
    });
    expect(expectOk(await checkout.roles.find("a"))?.instructions).toBe("Be good.");
    expect(await warningsIn(checkout)).toEqual([".banyan/roles/a.md:4: characters that nobody sees were left out"]);
  });

  test("a warning is one line and short, whatever the file says", async () => {
    const text = `${"long ".repeat(500)}\\nfake: line`;
    const checkout = await checkoutOf({
      ".banyan/roles/a.md": roleFile(`description: d\n"${text}": 1`),
      ".banyan/roles/b.md": roleFile(`description: d\nbudgetUsd: "${text}"`),
      ".claude/agents/c.md": `---\nname: c\ndescription: d\ntools: ["${text}"]\nmodel: "${text}"\n---\nx\n`,
    });
    const warnings = await warningsIn(checkout);
    expect(warnings).toHaveLength(4);
    for (const warning of warnings) {
      expect(warning).not.toContain("\n");
      expect(warning.length).toBeLessThan(450);
    }
  });

  test("a folder of very many files is read up to the hundredth", async () => {
    const many = Array.from({ length: 120 }, (_, n) => [`.banyan/roles/r${String(n).padStart(3, "0")}.md`, good]);
    const checkout = await checkoutOf(Object.fromEntries(many));
    expect(await namesIn(checkout)).toHaveLength(100 + shipped.length);
    expect(await warningsIn(checkout)).toEqual([".banyan/roles: only the first 100 files are read"]);
  });
});

describe("links", () => {
  const leadsOut = /is a link that leads out of the repository, or to an agent's files/;

  test("one that stays in the repository is followed", async () => {
    const checkout = await checkoutOf({ "agents/a.md": claude("a", "d"), "team.md": good });
    await mkdir(join(checkout.root, ".claude"));
    await symlink("../agents", join(checkout.root, ".claude/agents"));
    await checkout.write(".banyan/roles/b.md", good);
    await symlink("../../team.md", join(checkout.root, ".banyan/roles/c.md"));
    expect(await namesIn(checkout)).toEqual(["a", "b", "c", ...shipped].sort());
    expect(await warningsIn(checkout)).toEqual([]);
  });

  test.each(["role.md", "../root2/role.md"])("a file that leads out to %s is refused", async (target) => {
    const checkout = await checkoutOf({ ".banyan/roles/good.md": good });
    const outside = join(checkout.root, "..", target);
    await mkdir(join(outside, ".."), { recursive: true });
    await writeFile(outside, good);
    await symlink(outside, join(checkout.root, ".banyan/roles/evil.md"));
    await symlink(outside, join(checkout.root, "AGENTS.md"));
    expect(await namesIn(checkout)).toEqual(["good", ...shipped].sort());
    expect(await warningsIn(checkout)).toEqual([expect.stringMatching(leadsOut), expect.stringMatching(leadsOut)]);
    expect(await checkout.roles.projectInstructions()).toBeNull();
  });

  test("a folder that leads out is refused whole", async () => {
    const checkout = await checkoutOf();
    await mkdir(join(checkout.base, "elsewhere"));
    await writeFile(join(checkout.base, "elsewhere/evil.md"), good);
    await mkdir(join(checkout.root, ".banyan"));
    await symlink(join(checkout.base, "elsewhere"), join(checkout.root, ".banyan/roles"));
    expect(await namesIn(checkout)).toEqual(shipped);
    expect(await warningsIn(checkout)).toEqual([expect.stringMatching(/^\.banyan\/roles: is a link that leads out/)]);
  });

  test.each([".banyan/worktrees/coder-1/role.md", ".git/role.md"])("one to %s is refused", async (target) => {
    const checkout = await checkoutOf({ [target]: good, ".banyan/roles/good.md": good });
    await symlink(join(checkout.root, target), join(checkout.root, ".banyan/roles/evil.md"));
    expect(await namesIn(checkout)).toEqual(["good", ...shipped].sort());
    expect(await warningsIn(checkout)).toEqual([expect.stringMatching(leadsOut)]);
  });

  test("one to nowhere, and one to itself, are no roles", async () => {
    const checkout = await checkoutOf({ ".banyan/roles/good.md": good });
    await symlink("nowhere", join(checkout.root, ".banyan/roles/a.md"));
    await symlink("b.md", join(checkout.root, ".banyan/roles/b.md"));
    expect(await namesIn(checkout)).toEqual(["good", ...shipped].sort());
    expect(await warningsIn(checkout)).toEqual([
      expect.stringMatching(/^\.banyan\/roles\/b\.md: can't be read: ELOOP/),
    ]);
  });

  test("a subfolder that is a link is not gone into", async () => {
    const checkout = await checkoutOf({ ".claude/agents/a.md": claude("a", "d") });
    await symlink(".", join(checkout.root, ".claude/agents/round"));
    expect(await namesIn(checkout)).toEqual(["a", ...shipped].sort());
  });
});

describe("whose files are read", () => {
  const files = { ".banyan/roles/a.md": good, "AGENTS.md": "Be kind.\n", ".banyan/roles/b.md": "broken" };

  test("without trust none is: there are the roles that ship, and no instructions", async () => {
    let isTrusted = false;
    const checkout = await checkoutOf(files, { isTrusted: () => isTrusted });
    expect(await checkout.roles.list()).toMatchObject({ warnings: [] });
    expect(await namesIn(checkout)).toEqual(shipped);
    expect(await checkout.roles.projectInstructions()).toBeNull();
    isTrusted = true;
    expect(await namesIn(checkout)).toContain("a");
    expect(await checkout.roles.projectInstructions()).toBe("Be kind.");
  });

  test("an agent's worktree is none to read from", async () => {
    const worktree = join(WORKTREES_FOLDER, "coder-1");
    const checkout = await checkoutOf({
      [join(worktree, ".banyan/roles/a.md")]: good,
      [join(worktree, "AGENTS.md")]: "x",
    });
    const roles = createRoles({ root: join(checkout.root, worktree), isTrusted: () => true, knownTools });
    const list = await roles.list();
    expect(list.roles.map((role) => role.name)).toEqual(shipped);
    expect(list.warnings).toEqual([expect.stringMatching(/is an agent's worktree: no roles are read there$/)]);
    expect(await roles.projectInstructions()).toBeNull();
  });

  test("agents' worktrees lie where this room expects them", () => {
    expect(WORKTREES_FOLDER).toBe(join(...AGENTS_WORKTREES));
  });

  test("a root that is gone has the roles that ship", async () => {
    const checkout = await checkoutOf(files);
    await rm(checkout.root, { recursive: true });
    expect(await namesIn(checkout)).toEqual(shipped);
    expect(await warningsIn(checkout)).toEqual([expect.stringMatching(/root can't be read: ENOENT/)]);
  });
});

describe("an edit", () => {
  test("is seen at once, even one that keeps the size and the time", async () => {
    const checkout = await checkoutOf({ ".banyan/roles/a.md": roleFile("description: One.") });
    const path = join(checkout.root, ".banyan/roles/a.md");
    const then = new Date(1_700_000_000_000);
    await utimes(path, then, then);
    expect(expectOk(await checkout.roles.find("a"))?.description).toBe("One.");
    await checkout.write(".banyan/roles/a.md", roleFile("description: Two."));
    await utimes(path, then, then);
    expect(expectOk(await checkout.roles.find("a"))?.description).toBe("Two.");
    await rm(path);
    expect(expectOk(await checkout.roles.find("a"))).toBeUndefined();
  });

  test("a warning is logged when it is new", async () => {
    const logged: unknown[] = [];
    const log = { ...silentLogger, warn: (_: string, fields: unknown) => logged.push(fields) };
    const checkout = await checkoutOf({ ".banyan/roles/a.md": "x" }, { log });
    await checkout.roles.list();
    await checkout.roles.list();
    expect(logged).toHaveLength(1);
    await checkout.write(".banyan/roles/b.md", "x");
    await checkout.roles.list();
    expect(logged).toHaveLength(2);
  });
});

describe("AGENTS.md", () => {
  test("is given as it is", async () => {
    const { roles } = await checkoutOf({ "AGENTS.md": "# Rules\r\n\r\nTabs.\r\n" });
    expect(await roles.projectInstructions()).toBe("# Rules\n\nTabs.");
  });

  test.each(["a", "ü", "語", "🌳"])("is cut at 32 KB between characters of %s, with a note", async (letter) => {
    for (const start of ["", "x", "xx", "xxx"]) {
      const checkout = await checkoutOf({ "AGENTS.md": start + letter.repeat(40_000) });
      const text = (await checkout.roles.projectInstructions()) ?? "";
      expect(text).toMatch(/\n\n\[Cut here: AGENTS\.md has \d+ KB, of which agents get 32\.\]$/);
      const [kept = ""] = text.split("\n\n[Cut");
      expect(kept).toBe(start + letter.repeat((kept.length - start.length) / letter.length));
      const bytes = Buffer.byteLength(kept);
      expect(bytes).toBeLessThanOrEqual(32 * 1024);
      expect(bytes).toBeGreaterThan(32 * 1024 - 4);
      expect(await warningsIn(checkout)).toEqual([
        expect.stringMatching(/^AGENTS\.md: has \d+ KB: agents get the first 32$/),
      ]);
    }
  });

  test.each<[string, string | Uint8Array, string[]]>([
    ["empty", " \n", []],
    ["Latin-1", latin1("Grüße"), ["AGENTS.md: is no text in UTF-8: save it as UTF-8"]],
    ["with NUL", "a\0", ["AGENTS.md: holds a NUL character on line 1: it is no text"]],
  ])("one that is %s is none", async (_, content, warnings) => {
    const checkout = await checkoutOf({ "AGENTS.md": content });
    expect(await checkout.roles.projectInstructions()).toBeNull();
    expect(await warningsIn(checkout)).toEqual(warnings);
  });

  test("loses what nobody sees, and says so", async () => {
    const checkout = await checkoutOf({ "AGENTS.md": "One.\nTwo\u200e.\n" });
    expect(await checkout.roles.projectInstructions()).toBe("One.\nTwo.");
    expect(await warningsIn(checkout)).toEqual(["AGENTS.md:2: characters that nobody sees were left out"]);
  });
});
