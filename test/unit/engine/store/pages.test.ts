import fc from "fast-check";
import { expect, test } from "vitest";
import { PagedFile, type PageSource } from "../../../../src/engine/store/pages.ts";

const PAGE = 4096;

const sourceOf = (bytes: Uint8Array): PageSource => ({
  size: bytes.length,
  readNow: (into, offset) => into.set(bytes.subarray(offset, offset + into.length)),
});

const place = fc.record({ at: fc.nat(5 * PAGE), length: fc.integer({ min: 1, max: 2 * PAGE + 100 }) });

test("is the bytes of its source and what was written over them, whichever way they are asked for", () => {
  const size = fc.integer({ min: 1, max: 3 * PAGE + 50 });
  fc.assert(
    fc.property(size, fc.array(place, { maxLength: 12 }), fc.array(place, { maxLength: 6 }), (size, writes, reads) => {
      const image = Uint8Array.from({ length: size }, (_, index) => index % 251);
      const file = new PagedFile(sourceOf(image));
      const expected = new Uint8Array(10 * PAGE);
      expected.set(image);
      for (const [index, { at, length }] of writes.entries()) {
        const bytes = new Uint8Array(length).fill(index + 1);
        file.set(bytes, at);
        expected.set(bytes, at);
      }
      for (const { at, length } of reads) {
        expect(file.subarray(at, at + length)).toEqual(expected.subarray(at, at + length));
      }
      const all = Buffer.concat([...file.chunks(6 * PAGE)].map((chunk) => chunk.slice()));
      expect(all.equals(expected.subarray(0, 6 * PAGE))).toBe(true);
      expect(file.failure).toBeUndefined();
    }),
  );
});

test("never changes its source", () => {
  const image = new Uint8Array(2 * PAGE);
  const file = new PagedFile(sourceOf(image));
  file.set(new Uint8Array(PAGE + 10).fill(7), 100);
  expect(image.every((byte) => byte === 0)).toBe(true);
});

test("remembers why it could not read, and gives zeros", () => {
  const failing: PageSource = {
    size: PAGE,
    readNow: () => {
      throw new Error("EIO");
    },
  };
  const file = new PagedFile(failing);
  expect(file.subarray(0, 10)).toEqual(new Uint8Array(10));
  expect(file.failure?.message).toBe("EIO");
});
