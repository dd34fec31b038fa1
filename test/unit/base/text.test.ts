import fc from "fast-check";
import { expect, test } from "vitest";
import { slug, unseenCharacters } from "../../../src/base/text.ts";

test.each([
  ["Survey src/", "survey-src"],
  ["Crème Brûlée", "creme-brulee"],
  ["../../etc", "etc"],
  ["---", "agent"],
  ["日本", "agent"],
])("makes %j a name that a branch can carry", (text, expected) => {
  expect(slug(text)).toBe(expected);
});

test("a slug is a slug, whatever it is made of", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const made = slug(text);
      expect(made).toMatch(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/);
      expect(made.length).toBeLessThanOrEqual(40);
      expect(slug(made)).toBe(made);
    }),
  );
});

test("takes out what nobody sees, and leaves what they do", () => {
  const text = "a\u0000b\u001b[31mc\u202ed\ufeffe\tf\ngé漢\u{e0041}";
  expect(text.replace(unseenCharacters, "")).toBe("ab[31mcde\tf\ngé漢");
});
