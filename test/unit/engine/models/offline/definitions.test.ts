import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { familyOf } from "../../../../../src/engine/models/offline/definitions.ts";
import { countLanguages, isKnownText, languageOf } from "../../../../../src/engine/models/offline/languages.ts";

/** What the real search finds in a text, by the names it gives. */
function namesFound(id: string, text: string): string[] {
  const family = familyOf(id);
  if (family === undefined) throw new Error(`no family ${id}`);
  const folder = mkdtempSync(join(tmpdir(), "names-"));
  try {
    writeFileSync(join(folder, "x"), text);
    const args = [
      "grep",
      "--no-index",
      "-h",
      "-E",
      ...(family.ignoreCase ? ["-i"] : []),
      "-e",
      family.pattern,
      "--",
      ".",
    ];
    const found = execFileSync("git", args, { cwd: folder, encoding: "utf8" });
    return found.split("\n").flatMap((line) => family.nameIn(line) ?? []);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const cases: Readonly<Record<string, readonly [text: string, names: readonly string[]]>> = {
  script: [
    `export default async function run() {}
function* gen() {}
export const enum Color {}
export abstract class Base<T> {}
declare namespace Space {}
export type Id = string;
  const inner = 1;
export const $x = () => {
import { a } from "b";
// function comment`,
    ["run", "gen", "Color", "Base", "Space", "Id", "$x"],
  ],
  python: ["class A(B):\n    async def m(self):\n        defer = 1\ndef grüßen():\n", ["A", "m", "grüßen"]],
  go: [
    "func main() {}\nfunc (s *Server) Serve(x int) {}\ntype T struct {}\nvar x = 1\nconst (\n",
    ["main", "Serve", "T", "x"],
  ],
  rust: [
    "pub(crate) async fn go<T>() {}\nimpl X {\n    pub const unsafe fn y() {}\n}\nstruct S;\nmacro_rules! m {\npub static mut N: u8 = 1;\nuse a;\n",
    ["go", "y", "S", "m", "N"],
  ],
  c: [
    "#define MAX 1\nstatic inline int add(int a,\nint main(void) {\nstruct point {\nstruct point p;\nstd::string Shop::name() const {\n  return add(1);\nelse if (x) {\nint declared(void);\nclass Shop : public Base {\n",
    ["MAX", "add", "main", "point", "Shop::name", "Shop"],
  ],
  managed: [
    "public final class Main {\n    private static int sum(int a) {\n    return sum(1);\n    public Main(String s) {\ndata class P(val x: Int)\nfun <T> go() {}\noverride fun stop() {}\ninternal sealed record R(int A);\npublic func swift() {}\nprotocol Can {}\n    public List<String> all() {\n",
    ["Main", "sum", "Main", "P", "go", "stop", "R", "swift", "Can", "all"],
  ],
  ruby: ["module A\n  class B::C < D\n    def self.go!\n    def ok?\n", ["A", "B::C", "self.go!", "ok?"]],
  php: [
    "<?php\nfinal class A {\n  public static function &b() {}\n}\nfunction c() {}\ninterface D {}\n",
    ["A", "b", "c", "D"],
  ],
  perl: ["package A::B;\nsub go {\n", ["A::B", "go"]],
  shell: ["go() {\nfunction stop {\nfunction a.b() {\nif (x)\n", ["go", "stop", "a.b"]],
  lua: ["local function a()\nfunction M.b:c()\nM.d = function(x)\n", ["a", "M.b:c", "M.d"]],
  markdown: ["# One | two #\n## `Two`\n#### Four\n#no\n", ["One | two", "`Two`"]],
  sql: ["CREATE TABLE IF NOT EXISTS agents (\ncreate unique index by_name ON x\nselect 1;\n", ["agents", "by_name"]],
};

describe("the definitions", () => {
  it.each(Object.entries(cases))("of %s are found by the real search and named", (id, [text, names]) => {
    expect(namesFound(id, text)).toEqual(names);
  });

  it("are looked for in every family that a language names", () => {
    for (const path of [
      "a.ts",
      "a.py",
      "a.go",
      "a.rs",
      "a.c",
      "a.java",
      "a.rb",
      "a.php",
      "a.pl",
      "a.sh",
      "a.lua",
      "a.md",
      "a.sql",
    ])
      expect(familyOf(languageOf(path).family)).toBeDefined();
    expect(familyOf(null)).toBeUndefined();
  });
});

describe("languageOf", () => {
  it.each([
    ["src/a.ts", "TypeScript"],
    ["a.d.mts", "TypeScript"],
    ["Makefile", "Makefile"],
    ["README", "Text"],
    [".gitignore", "Other"],
    ["a.constructor", "Other"],
    ["__proto__", "Other"],
    ["a.PNG", "Other"],
  ])("of %s is %s", (path, name) => {
    expect(languageOf(path).name).toBe(name);
  });

  it("counts most first, then by name", () => {
    expect(countLanguages(["b.py", "a.ts", "c.ts", "d.go"])).toEqual([
      ["TypeScript", 2],
      ["Go", 1],
      ["Python", 1],
    ]);
    expect(isKnownText("a.png")).toBe(false);
  });
});
