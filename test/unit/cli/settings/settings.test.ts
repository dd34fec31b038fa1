import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseSettings, readSettings } from "../../../../src/cli/settings/file.ts";
import { settingsPath } from "../../../../src/cli/settings/path.ts";
import { defaultValues } from "../../../../src/protocol/settings.ts";
import { createRepository } from "../../../support/repository.ts";
import { expectOk, expectRefused, temporaryFolder } from "../../../support/store.ts";
import { createShell } from "../support/program.ts";

describe("the file's place", () => {
  test.each([
    ["linux", {}, "/home/me", "/home/me/.config/banyan/settings.json"],
    ["linux", { XDG_CONFIG_HOME: "/etc/me" }, "/home/me", "/etc/me/banyan/settings.json"],
    ["linux", { XDG_CONFIG_HOME: "here" }, "/home/me", "/home/me/.config/banyan/settings.json"],
    ["linux", { XDG_CONFIG_HOME: "" }, "/home/me", "/home/me/.config/banyan/settings.json"],
    ["darwin", {}, "/Users/me", "/Users/me/Library/Application Support/banyan/settings.json"],
    ["win32", { APPDATA: "C:\\Me\\Roaming" }, "C:\\Me", "C:\\Me\\Roaming\\banyan\\settings.json"],
    ["win32", {}, "C:\\Me", "C:\\Me\\AppData\\Roaming\\banyan\\settings.json"],
  ] as const)("on %s with %j is %s's own", (platform, variables, home, path) => {
    expect(settingsPath({ platform, variables, home })).toBe(path);
  });
});

describe("the file", () => {
  test("counts over the defaults, setting by setting", () => {
    const text = `\ufeff${JSON.stringify({
      "banyan.slots": 3,
      "banyan.onParentEnd": "stop",
      "banyan.budget.alerts": [],
      "banyan.cap.perDay": 12.5,
      "banyan.cap.perMonth": null,
      "banyan.prices": { "anthropic/x": { input: 3, output: 15, cacheWrite: 4 } },
    })}`;
    const { values, given } = expectOk(parseSettings("f", text));
    expect(values).toEqual({
      ...defaultValues,
      "banyan.slots": 3,
      "banyan.onParentEnd": "stop",
      "banyan.budget.alerts": [],
      "banyan.cap.perDay": 12.5,
      "banyan.prices": { "anthropic/x": { input: 3, output: 15, cacheWrite: 4 } },
    });
    expect(given.size).toBe(6);
    expect(given.has("banyan.cap.perMonth")).toBe(true);
  });

  test("need not be there", async () => {
    const folder = await temporaryFolder();
    const { values, given } = expectOk(await readSettings(join(folder, "none", "settings.json")));
    expect(values).toEqual(defaultValues);
    expect(given.size).toBe(0);
    expect(expectRefused(await readSettings(folder)).message).toMatch(/^The settings in .* can't be read: /);
  });

  test.each([
    [{ "banyan.slotz": 3 }, 'there is no setting "banyan.slotz": did you mean banyan.slots?'],
    [{ slots: 3 }, 'there is no setting "slots": banyan settings shows those there are.'],
    [{ "banyan.slots": "8" }, '"banyan.slots" is "8": write a whole number from 1 to 64.'],
    [{ "banyan.slots": 2.5 }, '"banyan.slots" is 2.5: write a whole number from 1 to 64.'],
    [{ "banyan.slots": null }, '"banyan.slots" is null: write a whole number from 1 to 64.'],
    [{ "banyan.maxHours": 0 }, '"banyan.maxHours" is 0: write a number from 0.01 to 1000.'],
    [{ "banyan.onParentEnd": "kill" }, '"banyan.onParentEnd" is "kill": write "handOver" or "stop".'],
    [{ "banyan.cap.perDay": "5" }, '"banyan.cap.perDay" is "5": write a number from 0 to 1000000, or null.'],
    [
      { "banyan.budget.alerts": [50, 50] },
      '"banyan.budget.alerts" is [50,50]: write a list of whole numbers from 1 to 100, no two alike.',
    ],
    [
      { "banyan.budget.alerts": [0] },
      '"banyan.budget.alerts" is [0]: write a list of whole numbers from 1 to 100, no two alike.',
    ],
    [{ "banyan.model": "claude" }, '"banyan.model" is "claude": write "provider/model", for example "offline/survey".'],
    [
      { "banyan.worktrees.include": [".env", ""] },
      '"banyan.worktrees.include" is [".env",""]: write a list of patterns as in a .gitignore, no two alike, for example [".env", "node_modules/"].',
    ],
    [
      { "banyan.worktrees.folder": "./trees" },
      '"banyan.worktrees.folder" is "./trees": write an absolute path, one that begins with ~/, or "".',
    ],
    [
      { "banyan.worktrees.folder": "~trees" },
      '"banyan.worktrees.folder" is "~trees": write an absolute path, one that begins with ~/, or "".',
    ],
    [{ "banyan.worktrees.copy": "move" }, '"banyan.worktrees.copy" is "move": write "copy" or "link".'],
    [{ "banyan.worktrees.setUp": 7 }, '"banyan.worktrees.setUp" is 7: write a command, for example "npm ci", or "".'],
    [
      { "banyan.prices": [] },
      '"banyan.prices" is []: write an object such as { "anthropic/my-model": { "input": 3, "output": 15 } }.',
    ],
    [
      { "banyan.prices": { claude: { input: 1, output: 1 } } },
      '"banyan.prices": "claude" names no model: write provider/model.',
    ],
    [
      { "banyan.prices": { "a/b": { input: 1 } } },
      '"banyan.prices": "a/b" has no "output": write US dollars for a million tokens, a number from 0 to 1000.',
    ],
    [
      { "banyan.prices": { "a/b": { input: 1, output: -1 } } },
      '"banyan.prices": "a/b": "output" is -1: write US dollars for a million tokens, a number from 0 to 1000.',
    ],
    [
      { "banyan.prices": { "a/b": { input: 1, output: 1, cached: 1 } } },
      '"banyan.prices": "a/b" has "cached": use input, output, cacheRead, cacheWrite.',
    ],
    [
      { "banyan.prices": { "a/b": 3 } },
      '"banyan.prices": "a/b" has no prices: write an object with input, output, cacheRead, cacheWrite.',
    ],
    [[], 'it is no JSON object: write one such as { "banyan.slots": 4 }.'],
    [7, 'it is no JSON object: write one such as { "banyan.slots": 4 }.'],
  ])("%j is refused with one line", (content, complaint) => {
    const refusal = expectRefused(parseSettings("/f.json", JSON.stringify(content)));
    expect(refusal).toEqual({ code: "bad_input", message: `In /f.json, ${complaint}` });
  });

  test.each(['{ "banyan.slots": 4, }', "{", "", "// a comment\n{}"])("%j is no JSON", (text) => {
    expect(expectRefused(parseSettings("/f.json", text)).message).toMatch(
      /^In \/f\.json, the text is no JSON: [^\n]+$/,
    );
  });

  test("whose text is hostile is told in one line that a terminal only shows", () => {
    const key = "\u001b[2Jx\n";
    const { message } = expectRefused(parseSettings("f", JSON.stringify({ [key]: 1, ["__proto__"]: 2 })));
    expect(message).toBe('In f, there is no setting "x": banyan settings shows those there are.');
    expect(expectRefused(parseSettings("f", '{ "__proto__": 3 }')).message).toContain('no setting "__proto__"');
  });
});

describe("the terminal", () => {
  async function setUp(content: unknown) {
    const repository = await createRepository({ files: { "README.md": "# Project\n" } });
    const temporary = await temporaryFolder();
    const settingsFile = join(temporary, "own", "settings.json");
    await mkdir(join(temporary, "own"));
    await writeFile(settingsFile, JSON.stringify(content));
    return {
      repository,
      settingsFile,
      shell: createShell({ cwd: repository.root, temporaryFolder: temporary, settingsFile }),
    };
  }

  test("shows what counts and from where", async () => {
    const { shell, settingsFile } = await setUp({ "banyan.slots": 3 });
    const { out, code } = await shell.run("settings");
    expect(code).toBe(0);
    expect(out).toMatch(/^banyan\.slots +3 +file$/m);
    expect(out).toMatch(/^banyan\.budget\.alerts +\[50,80,100\] +default$/m);
    expect(out).toContain(`File  ${settingsFile}\n`);
    expect(await shell.json("settings")).toMatchObject({
      file: settingsFile,
      settings: {
        "banyan.slots": { value: 3, from: "file" },
        "banyan.cap.perDay": { value: null, from: "default" },
      },
    });
  });

  test.each([[["settings"]], [["spawn", "x"]], [["demo", "--in-place"]], [["resume"]], [["serve"]]])(
    "%j starts nothing where the file is wrong",
    async (args) => {
      const { repository, shell, settingsFile } = await setUp({ "banyan.slots": 0 });
      expect(await shell.run(...args)).toEqual({
        code: 2,
        out: "",
        err: `banyan: In ${settingsFile}, "banyan.slots" is 0: write a whole number from 1 to 64.\n`,
      });
      expect(await readdir(join(repository.root, ".git"))).not.toContain("banyan");
      expect((await shell.run("help")).code).toBe(0);
    },
  );

  test("a file that is wrong keeps nobody from looking at teams and stopping them", async () => {
    const { shell, settingsFile } = await setUp({});
    expect((await shell.run("spawn", "Survey it", "--name", "boss", "--tokens", "10")).code).toBe(1);
    await mkdir(dirname(settingsFile), { recursive: true });
    await writeFile(settingsFile, "{bad");
    const said = expect.stringContaining(`banyan: In ${settingsFile}, `);
    expect(await shell.run("tree")).toMatchObject({ code: 0, err: said, out: expect.stringContaining("boss") });
    expect(await shell.run("resume")).toMatchObject({ code: 2, err: said });
    expect(await shell.run("stop", "--all")).toMatchObject({ code: 0, err: said });
    expect(await shell.json("tree")).toMatchObject([{ status: "terminated" }]);
  });

  test("gives a new team what the file says, unless it is told otherwise", async () => {
    const { shell } = await setUp({ "banyan.model": "script/none.yaml", "banyan.budget.usd": 1 });
    expect((await shell.run("spawn", "Survey it")).err).toContain("There is no script none.yaml");
    const spawned = await shell.run("spawn", "Survey it", "--model", "offline/survey", "--json");
    expect(JSON.parse(spawned.out)).toMatchObject({
      agent: { model: "offline/survey" },
      budget: [
        { unit: "tokens", allocated: 10_000_000 },
        { unit: "usd", allocated: 1_000_000 },
      ],
    });
  });

  test("shows prices, as of which day, and which are the user's own", async () => {
    const { shell } = await setUp({ "banyan.prices": { "vscode/gpt": { input: 3, output: 15 } } });
    const { out, code } = await shell.run("prices");
    expect(code).toBe(0);
    expect(out).toMatch(/^anthropic\/claude-opus-5-5 +\$4\.00 +\$20\.00 +\$0\.20 +\$8\.00 +\$5\.00 +table$/m);
    expect(out).toMatch(/^vscode\/gpt +\$3\.00 +\$15\.00 +\$0\.30 +\$6\.00 +\$6\.00 +yours$/m);
    expect(out).toMatch(/^ {2}above 100,000 tokens +\$0\.50 +\$2\.50 /m);
    expect(out).toMatch(/the table is as of 2026-\d\d-\d\d\./);
    expect(await shell.json("prices")).toMatchObject({
      asOf: expect.stringMatching(/^2026-/),
      prices: expect.arrayContaining([
        { model: "vscode/gpt", source: "yours", input: 3e6, output: 15e6, cacheRead: 3e5, cacheWrite: 6e6 },
      ]),
    });
  });

  test("reads nothing of the repository's", async () => {
    const { repository, shell } = await setUp({});
    await repository.write("banyan/settings.json", '{ "banyan.slots": 1 }');
    await repository.write(".vscode/settings.json", '{ "banyan.slots": 1 }');
    expect((await shell.run("settings")).out).toMatch(/^banyan\.slots +8 +default$/m);
  });
});
