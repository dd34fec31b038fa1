import { expect, test } from "vitest";
import { readText } from "../../../src/cli/stdin.ts";
import { expectOk, expectRefused } from "../../support/store.ts";

async function* pieces(...parts: readonly (string | Uint8Array)[]) {
  yield* parts;
}
const bytes = (text: string) => new TextEncoder().encode(text);

test("standard input is read whole, without a byte order mark and the line break at its end", async () => {
  const [first, second] = [bytes("one\n\nzwö").subarray(0, 8), bytes("one\n\nzwö").subarray(8)];
  expect(expectOk(await readText(pieces(first, second, "\r\n"), 100))).toBe("one\n\nzwö");
  expect(expectOk(await readText(pieces("\ufeffone\n\n"), 100))).toBe("one\n");
  expect(expectOk(await readText(pieces(), 100))).toBe("");
});

test("standard input is bounded, and strictly UTF-8", async () => {
  expect(expectRefused(await readText(pieces("12345", "6"), 5)).message).toBe(
    "Standard input is too long: at most 5 bytes are read.",
  );
  expect(expectRefused(await readText(pieces(new Uint8Array([0x61, 0xff])), 5))).toEqual({
    code: "bad_input",
    message: "Standard input is not text in UTF-8.",
  });
});
