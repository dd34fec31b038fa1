import { expect, test } from "vitest";
import { collisionLines } from "../../../../src/cli/render/collisions.ts";
import { namesOf } from "../../../../src/cli/render/messages.ts";
import { textOf } from "../support/lines.ts";
import { agentRow, childRow } from "../support/records.ts";

test("collisions are told file by file, with another agent's work and with the user's branch", () => {
  const nameOf = namesOf([agentRow(), childRow("bbbbbbbbbb", "parser")]);
  const collisions = [
    { agentId: "aaaaaaaaaa", otherId: "bbbbbbbbbb", otherBranch: "banyan/parser-bbbbbbbbbb", files: ["a.ts", "b.ts"] },
    { agentId: "aaaaaaaaaa", otherId: null, otherBranch: "main", files: ["c.ts"] },
  ];
  expect(textOf(collisionLines(collisions, nameOf))).toBe(`
AGENT  COLLIDES WITH       IN
lead   parser              a.ts
                           b.ts
lead   main (your branch)  c.ts
`);
});
