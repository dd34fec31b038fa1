/**
 * A process that takes snapshots of worktrees, removes them and brings them back until it is killed. Says on its output
 * what it was promised, one line each: `kept N` once file N is in a snapshot, `removed N` once the worktree that held it,
 * and an ignored file of that number, is removed, `back N` once it is there again.
 * Arguments: the repository, its home folder, the store's folder, the first number, sql.js, the migrations.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
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
const worktrees = createWorktrees({
  store,
  clock: systemClock,
  ids: systemIds,
  log: silentLogger,
  repository,
  settings: { poolSize: 0 },
});
await worktrees.recover();
say("recovered");

if ((await store.read((reader) => worktrees.get(reader, "ada"))) === undefined) {
  const { branch, commit } = value(await worktrees.checkedOut());
  await store.transaction(async (tx) => {
    await insertAgent(tx, "ada", null);
    await worktrees.reserve(tx, { agentId: "ada", name: "ada", baseCommit: commit, targetBranch: branch });
  });
}

for (let number = Number(first); ; number++) {
  const { path } = value(await worktrees.ensure("ada"));
  if (number > Number(first)) {
    const text = readFileSync(join(path, "untracked", `${number - 1}.txt`), "utf8");
    if (text !== `${number - 1}\n`) throw new Error(`${number - 1} came back as ${text}`);
    if (!existsSync(join(path, `${number - 1}.log`))) throw new Error(`${number - 1}.log is not back`);
    say(`back ${number - 1}`);
  }
  mkdirSync(join(path, "untracked"), { recursive: true });
  writeFileSync(join(path, "untracked", `${number}.txt`), `${number}\n`);
  writeFileSync(join(path, `${number}.log`), `${number}\n`);
  await worktrees.snapshot("ada");
  say(`kept ${number}`);
  if (number % 3 === 0) await worktrees.commitWork("ada", `Work ${number}`);
  value(await worktrees.remove("ada"));
  say(`removed ${number}`);
}
