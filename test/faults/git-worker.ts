/**
 * A leader's process that starts one git, which never ends, and waits for it until it is killed.
 * Arguments: the store's folder, the checkout, a folder that stands first in PATH, the script of the helper that starts
 * git, where it isn't this process itself.
 */
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { systemIds } from "../../src/base/ids.ts";
import { silentLogger } from "../../src/base/log.ts";
import { createProcessGroups } from "../../src/engine/leader/processGroups.ts";
import { directStarter } from "../../src/engine/processes/direct.ts";
import { createHelperStarter } from "../../src/engine/processes/helper.ts";
import { createGitRunner } from "../../src/engine/worktrees/git.ts";

const [store = "", root = "", programs = "", script] = process.argv.slice(2);
const groups = createProcessGroups(store, {
  clock: systemClock,
  ids: systemIds,
  log: silentLogger,
  assertLeading() {},
});
const starter =
  script === undefined ? directStarter : createHelperStarter({ script, clock: systemClock, log: silentLogger });
const environment = { ...process.env, PATH: `${programs}:${process.env.PATH}` };
const runner = createGitRunner(environment, { recorder: groups, starter });
await runner.trusted({ gitDir: join(root, ".git"), workTree: root }, "own").run(["merge", "side"]);
