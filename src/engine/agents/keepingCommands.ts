import { isAbsolute } from "node:path";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import {
  type CleanCommand,
  type CleanCommandInput,
  cleanCommandSchema,
  parseCommand,
} from "../../protocol/commands.ts";
import type { CleanReport, LeftOut, Orphan, RestoreReport, WorktreeRecord } from "../../protocol/records.ts";
import { isEnded } from "../../protocol/words.ts";
import { archivedAgentIds } from "./archivedRows.ts";
import type { Lookup } from "./commands.ts";
import type { Parts } from "./parts.ts";

/** What the user may ask of worktrees that are not worked in: to clean them up, and to have them back. */
export interface KeepingCommands {
  /** What git, the store and the disk don't agree on. */
  orphans(): Promise<readonly Orphan[]>;
  /** What was too large to be kept of removed worktrees, by agent. */
  leftOut(): Promise<Readonly<Record<string, readonly LeftOut[]>>>;
  /** Removes worktrees of agents that have ended; what is in them is kept, and their branches stay. */
  clean(command: CleanCommandInput): Promise<Result<CleanReport>>;
  /**
   * Makes an agent's worktree again, as it was. With `folder`, an absolute path: writes what is kept of an agent's
   * worktree, or of an orphan, there instead.
   */
  restore(name: string, folder?: string): Promise<Result<RestoreReport>>;
}

export function createKeepingCommands(parts: Parts, lookup: Lookup): KeepingCommands {
  const { store, worktrees } = parts;
  const orphans = () => findOrphans(parts);
  return {
    orphans,
    leftOut: async () => Object.fromEntries(await worktrees.leftOut(await worktrees.list())),
    async clean(command) {
      const parsed = parseCommand(cleanCommandSchema, command);
      if (!parsed.ok) return parsed;
      const chosen = await choose(parts, lookup, parsed.value);
      return chosen.ok ? ok(await clean(parts, parsed.value, chosen.value)) : chosen;
    },
    async restore(name, folder) {
      if (folder !== undefined) return restoreTo(parts, lookup, name, folder);
      const found = await lookup.find(name);
      if (!found.ok) return found;
      const record = await store.read((reader) => worktrees.get(reader, found.value.id));
      if (record === undefined || record.headCommit === null) {
        return refuse("not_found", `${found.value.name} never had a worktree.`);
      }
      const leftOut = await worktrees.leftOut([record]);
      const made = await worktrees.ensure(found.value.id);
      return made.ok ? ok(reportOf(made.value, leftOut)) : made;
    },
  };
}

export async function findOrphans({ store, worktrees }: Parts): Promise<readonly Orphan[]> {
  return worktrees.orphans(new Set(await store.read(archivedAgentIds)));
}

const reportOf = (
  { agentId, path, snapshotCommit, ignoredCommit }: WorktreeRecord,
  leftOut: ReadonlyMap<string, readonly LeftOut[]>,
): RestoreReport => ({ path, filesCommit: snapshotCommit, ignoredCommit, leftOut: [...(leftOut.get(agentId) ?? [])] });

/** What a clean-up is about. */
interface Chosen {
  readonly there: readonly WorktreeRecord[];
  /** Removed already, and something is kept of them beside their branches. */
  readonly gone: readonly WorktreeRecord[];
  readonly orphans: readonly Orphan[];
  readonly stays: CleanReport["stays"];
}

async function choose(parts: Parts, lookup: Lookup, command: CleanCommand): Promise<Result<Chosen>> {
  const named = await Promise.all(command.agents.map((agent) => lookup.find(agent)));
  const unknown = named.find((found) => !found.ok);
  if (unknown !== undefined && !unknown.ok) return unknown;
  const ids = new Set(named.flatMap((found) => (found.ok ? [found.value.id] : [])));
  const isMeant = (record: WorktreeRecord) =>
    ids.size > 0
      ? ids.has(record.agentId)
      : command.which === "ended" || (command.which === "merged" && record.mergeCommit !== null);
  const meant = (await parts.worktrees.list()).filter((record) => record.headCommit !== null && isMeant(record));
  const { ended, open } = await byEnd(parts, meant);
  return ok({
    there: ended.filter(({ status }) => status !== "removed"),
    gone: command.purge ? ended.filter(({ status, ...kept }) => status === "removed" && isKept(kept)) : [],
    orphans: command.orphans ? (await findOrphans(parts)).filter(isCleanable) : [],
    stays: ids.size === 0 ? [] : open.map(({ branch }) => ({ name: branch, why: "its agent has not ended" })),
  });
}

/** Nothing else has repositories that a worktree held: they are the user's to move or delete. */
const isCleanable = ({ path, kind }: Orphan): boolean => path !== null && kind !== "repositories";

const isKept = ({ snapshotCommit, ignoredCommit }: Omit<WorktreeRecord, "status">): boolean =>
  snapshotCommit !== null || ignoredCommit !== null;

async function byEnd({ store, agents }: Parts, records: readonly WorktreeRecord[]) {
  const ended: WorktreeRecord[] = [];
  const open: WorktreeRecord[] = [];
  await store.read(async (reader) => {
    for (const record of records) {
      const { status } = await agents.require(reader, record.agentId);
      (isEnded(status) ? ended : open).push(record);
    }
  });
  return { ended, open };
}

async function clean(parts: Parts, { purge, dryRun }: CleanCommand, chosen: Chosen): Promise<CleanReport> {
  const { there, gone, orphans } = chosen;
  if (dryRun) {
    return {
      removed: [...there],
      purged: purge ? [...gone, ...there] : [],
      orphans: [...orphans],
      stays: chosen.stays,
    };
  }
  const stays = [...chosen.stays];
  const removed: WorktreeRecord[] = [];
  for (const record of there) {
    const answer = await parts.worktrees.remove(record.agentId);
    if (answer.ok) removed.push(answer.value);
    else stays.push({ name: record.branch, why: answer.refusal.message });
  }
  const cleaned: Orphan[] = [];
  for (const orphan of orphans) {
    const why = await cleanOrphan(parts, orphan);
    if (why === undefined) cleaned.push(orphan);
    else stays.push({ name: orphan.name, why });
  }
  const purgeable = purge ? [...gone, ...removed] : [];
  const ids = new Set(await parts.worktrees.purge(purgeable.map(({ agentId }) => agentId)));
  return { removed, purged: purgeable.filter(({ agentId }) => ids.has(agentId)), orphans: cleaned, stays };
}

/** Why it stays; undefined where it is gone. */
async function cleanOrphan({ worktrees, log }: Parts, orphan: Orphan): Promise<string | undefined> {
  try {
    const cleaned = await worktrees.cleanOrphan(orphan);
    return cleaned.ok ? undefined : cleaned.refusal.message;
  } catch (error) {
    log.error("an orphan could not be cleaned up", error, { orphan: orphan.name });
    return messageOf(error);
  }
}

async function restoreTo(parts: Parts, lookup: Lookup, name: string, folder: string): Promise<Result<RestoreReport>> {
  if (!isAbsolute(folder)) return refuse("bad_input", `${folder} is no absolute path.`);
  const source = await sourceOf(parts, lookup, name);
  if (!source.ok) return source;
  const { files, ignored, leftOut } = source.value;
  const written = await parts.worktrees.writeKept({ files, ignored }, folder);
  return written.ok ? ok({ path: folder, filesCommit: files, ignoredCommit: ignored, leftOut: [...leftOut] }) : written;
}

interface SourceOfFiles {
  readonly files: string;
  readonly ignored: string | null;
  readonly leftOut: readonly LeftOut[];
}

async function sourceOf(parts: Parts, lookup: Lookup, name: string): Promise<Result<SourceOfFiles>> {
  const found = await lookup.find(name);
  if (!found.ok) {
    const orphan = (await findOrphans(parts)).find((each) => each.name === name || each.branch === name);
    const files = orphan?.filesCommit ?? orphan?.branch ?? null;
    if (orphan === undefined || files === null) return found;
    return ok({ files, ignored: orphan.ignoredCommit, leftOut: [] });
  }
  const { id } = found.value;
  const record = await parts.store.read((reader) => parts.worktrees.get(reader, id));
  const files = record?.snapshotCommit ?? record?.headCommit ?? null;
  if (record === undefined || files === null) return refuse("not_found", `${found.value.name} never had a worktree.`);
  const leftOut = (await parts.worktrees.leftOut([record])).get(id) ?? [];
  return ok({ files, ignored: record.ignoredCommit, leftOut });
}
