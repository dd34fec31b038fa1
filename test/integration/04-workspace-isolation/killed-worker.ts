/**
 * A process that makes and merges worktrees until it is killed. Says on its output what it was promised, one line each:
 * `merged N` once child N's work is in its parent's branch, `landed N` once it is in the user's too.
 * Arguments: the repository, its home folder, the store's folder, the first number.
 */
import { mkdir, writeFile, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { systemClock } from "../../../src/base/clock.ts";
import type { Result } from "../../../src/base/errors.ts";
import { systemIds } from "../../../src/base/ids.ts";
import { silentLogger } from "../../../src/base/log.ts";
import { realDisk } from "../../../src/engine/store/disk.ts";
import { openStore } from "../../../src/engine/store/store.ts";
import { openRepository } from "../../../src/engine/worktrees/repository.ts";
import { createWorktrees } from "../../../src/engine/worktrees/worktrees.ts";
import { insertAgent } from "../../support/seed.ts";

const [root = "", home = "", storeFolder = "", first = "0", wasm = "", migrations = ""] = process.argv.slice(2);

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.message);
  return result.value;
}

const say = (line: string) => writeSync(1, `${line}\n`);
const repository = value(await openRepository(root, { PATH: process.env.PATH, HOME: home }));
const store = value(
  await openStore({
    folder: storeFolder,
    wasm,
    migrations,
    disk: realDisk,
    clock: systemClock,
    log: silentLogger,
    writer: {
      epoch: { number: 1, isCurrent: () => true },
      compactor: async () => ({ ok: true, value: undefined }),
    },
  }),
);
const worktrees = createWorktrees({ store, clock: systemClock, ids: systemIds, log: silentLogger, repository });
await worktrees.recover();
say("recovered");

async function hire(id: string, parentId: string | null) {
  const parent = parentId === null ? undefined : await store.read((reader) => worktrees.get(reader, parentId));
  const start =
    parentId === null || parent === undefined
      ? value(await worktrees.checkedOut())
      : { branch: parent.branch, commit: await worktrees.commitWork(parentId, "Work so far") };
  await store.transaction(async (tx) => {
    await insertAgent(tx, id, parentId);
    await worktrees.reserve(tx, { agentId: id, name: id, baseCommit: start.commit, targetBranch: start.branch });
  });
  return value(await worktrees.ensure(id));
}

if ((await store.read((reader) => worktrees.get(reader, "root"))) === undefined) await hire("root", null);
value(await worktrees.ensure("root"));

for (let number = Number(first); ; number++) {
  const child = `c${number}`;
  const { path } = await hire(child, "root");
  await promisify(mkdir)(join(path, "work"), { recursive: true });
  await promisify(writeFile)(join(path, "work", `${number}.txt`), `${number}\n`);
  await promisify(writeFile)(join(path, "shared.txt"), `${number}\n`);
  value(await worktrees.mergeIntoParent(child, "root", `Merge ${child}`));
  say(`merged ${number}`);
  if (number % 2 === 0) {
    value(await worktrees.mergeIntoCheckout("root", "Merge root"));
    say(`landed ${number}`);
  }
  value(await worktrees.remove(child));
}
