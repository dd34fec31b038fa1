import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { silentLogger } from "../../../src/base/log.ts";
import { BLINK_MS, createLeaderNote } from "../../../src/vscode/leaderNote.ts";
import { repositoryAt, stagedSession } from "./builders.ts";
import { createFakeEngine } from "./fakeEngine.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const repository = repositoryAt("/repo");
const client = { kind: "client", leader: "a terminal (process 7)" } as const;

function begin() {
  const fake = createFakeEngine();
  const { session, move } = stagedSession({ kind: "looking" });
  const note = createLeaderNote(session, silentLogger);
  const said: (string | undefined)[] = [];
  note.onDidChange(() => void said.push(note.text));
  const ready = () => move({ kind: "ready", repository, engine: fake.engine });
  return { fake, note, said, move, ready };
}

describe("what is said of the leader", () => {
  test("is nothing where this window leads, or where no repository is open", () => {
    const { note, said, move, ready } = begin();
    ready();
    move({ kind: "noFolder" });
    expect(note.text).toBeUndefined();
    expect(said).toEqual([]);
  });

  test("is the process that leads, from the first moment, until this window leads", () => {
    const { fake, note, said, ready } = begin();
    fake.play(client);
    ready();
    expect(note.text).toBe("Led by a terminal (process 7).");
    fake.play({ kind: "leader" });
    expect(said).toEqual(["Led by a terminal (process 7).", undefined]);
  });

  test("does not change for a blink while the leader is replaced", async () => {
    const { fake, said, ready } = begin();
    fake.play(client);
    ready();
    fake.play({ kind: "between" });
    await vi.advanceTimersByTimeAsync(BLINK_MS - 1);
    fake.play({ kind: "client", leader: "a VS Code window (process 8)" });
    await vi.advanceTimersByTimeAsync(BLINK_MS);
    expect(said).toEqual(["Led by a terminal (process 7).", "Led by a VS Code window (process 8)."]);
  });

  test("is that one is being replaced where it lasts", async () => {
    const { fake, note, ready } = begin();
    ready();
    fake.play({ kind: "between" });
    await vi.advanceTimersByTimeAsync(BLINK_MS);
    expect(note.text).toBe("The leader of these agents is being replaced…");
    fake.play({ kind: "leader" });
    expect(note.text).toBeUndefined();
  });

  test("is that the repository is being opened where it lasts", async () => {
    const { note, move, ready } = begin();
    move({ kind: "opening", repository });
    expect(note.text).toBeUndefined();
    await vi.advanceTimersByTimeAsync(BLINK_MS);
    expect(note.text).toBe("Opening the repository…");
    ready();
    expect(note.text).toBeUndefined();
  });

  test("hears no more of an engine that was let go of, and leaves no timer behind", async () => {
    const { fake, note, said, move, ready } = begin();
    ready();
    move({ kind: "noFolder" });
    fake.play(client);
    expect(said).toEqual([]);
    move({ kind: "opening", repository });
    note.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });
});
