import { expect, test } from "vitest";
import {
  createDecoder,
  decodeEnd,
  decodeError,
  decodeProgram,
  encode,
  encodeEnd,
  encodeError,
  encodeProgram,
  type Frame,
} from "../../../../src/engine/processes/frames.ts";

test("frames are whole again however their bytes were cut", () => {
  const contents = [Buffer.alloc(0), Buffer.from([0, 255, 10]), Buffer.alloc(700, 7)];
  const bytes = Buffer.concat(contents.flatMap((content, id) => encode(5, id, content)));
  for (const step of [1, 2, 8, 9, 10, 500, bytes.length]) {
    const frames: Frame[] = [];
    const decode = createDecoder((frame) => frames.push(frame));
    for (let from = 0; from < bytes.length; from += step) decode(bytes.subarray(from, from + step));
    expect(frames.map(({ kind, id, content }) => [kind, id, content.toString("hex")])).toEqual(
      contents.map((content, id) => [5, id, content.toString("hex")]),
    );
  }
});

test("a program is read as it was written", () => {
  const program = {
    file: "git",
    args: ["", "ä b", "-c\nx=y"],
    cwd: "/tmp/ü",
    env: { EMPTY: "", PATH: "/bin:/a b" },
    stdin: Buffer.from([0, 1, 254]),
  };
  expect(decodeProgram(encodeProgram(program))).toEqual(program);
  expect(() => encodeProgram({ ...program, args: ["a\0b"] })).toThrow("an argument holds a NUL");
});

test("how a program ended, and why it could not be started, is read as it was written", () => {
  expect(decodeEnd(encodeEnd(128, null))).toEqual([128, null]);
  expect(decodeEnd(encodeEnd(null, "SIGTERM"))).toEqual([null, "SIGTERM"]);
  const error = decodeError(encodeError(Object.assign(new Error("spawn x ENOENT\nreally"), { code: "ENOENT" })));
  expect(error).toMatchObject({ message: "spawn x ENOENT\nreally", code: "ENOENT" });
  expect(decodeError(encodeError(new Error("no code")))).not.toHaveProperty("code");
});
