import { describe, expect, it } from "vitest";
import { describeText, tellingFiles } from "../../../../../src/engine/models/offline/describe.ts";

describe("describeText", () => {
  it.each([
    ["a.md", "[![badge](x)](y)\n\n# The *title* #\n", "The *title*"],
    ["a.md", "Just words.\n", "Just words."],
    [
      "a.ts",
      "// Copyright 2020\n\n/**\n * Opens the shop. Closes it too.\n */\nexport const a = 1;",
      "Opens the shop.",
    ],
    ["a.ts", "#!/usr/bin/env node\nimport a from 'b';\n// Runs it,\n// all of it.\nrun();", "Runs it, all of it."],
    ["a.py", '#!/usr/bin/python\n"""Tools for e.g. all.\n"""', "Tools for e.g. all."],
    ["a.h", "#ifndef A_H\n#define A_H\n/** \\file a.h\n *  \\brief Handles it\n */", "a.h Handles it"],
    ["a.pl", "# !!!!!!!   DO NOT EDIT   !!!!!!!\n# A list.\n", "A list."],
    ["a.md", "# [Docs](https://x.org) here\n", "Docs here"],
    ["a.py", '"""\nTools.\n"""', "Tools."],
    ["a.sql", "-- The first schema.\ncreate table x;", "The first schema."],
    ["a.rs", "#![allow(x)]\n//! A crate.\n", "A crate."],
    ["package.json", '{"name":"x","description":"A shop."}', "A shop."],
    ["a.ts", "export const a = 1;\n", undefined],
    ["a.md", "", undefined],
  ])("of %s: %j", (path, text, words) => {
    expect(describeText(path, text)).toBe(words);
  });
});

describe("tellingFiles", () => {
  const file = (path: string, size: number | null) => ({ kind: "file" as const, path, size });

  it("puts README and entry points first, then the largest, and leaves out data and what is no text", () => {
    const files = [
      file("src/big.ts", 900),
      file("src/a/index.ts", 10),
      file("src/index.ts", 10),
      file("src/README.md", 10),
      file("src/logo.png", 9999),
      file("src/data.json", 9999),
      file("src/package.json", 5),
      file("src/empty.ts", 0),
      file("src/small.ts", 1),
      file("src/link.ts", null),
    ];
    expect(tellingFiles(files).map(({ path }) => path.slice(4))).toEqual([
      "README.md",
      "index.ts",
      "package.json",
      "a/index.ts",
      "big.ts",
      "small.ts",
    ]);
  });
});
