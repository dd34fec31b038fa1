import type { Clock } from "../../base/clock.ts";
import type { Ids } from "../../base/ids.ts";
import type { Logger } from "../../base/log.ts";
import { defaultValues, type SettingValues } from "../../protocol/settings.ts";
import type { Store } from "../store/port.ts";
import type { Signature } from "./git.ts";
import type { KeyedMutex } from "./locks.ts";
import type { Pool } from "./pool.ts";
import type { Turns } from "./populate.ts";
import type { Repository } from "./repository.ts";
import type { WorktreeRow } from "./rows.ts";

export interface WorktreesSettings {
  /** How long a search may take, in milliseconds. */
  readonly searchMilliseconds: number;
  /** How long another git's lock on an index is waited for, in milliseconds. */
  readonly lockMilliseconds: number;
  /** After how long a git in an agent's worktree is suspected of waiting for ever, in milliseconds. */
  readonly pipeMilliseconds: number;
  /** Where worktrees stand, as the user wrote it; empty: in the repository. */
  readonly folder: string;
  /** Patterns, as in a `.gitignore`, of ignored files of the user's checkout that worktrees get. */
  readonly include: readonly string[];
  /** How folders of them are brought where the file system can't share blocks. */
  readonly copy: "copy" | "link";
  /** Runs in each new worktree before its agent does; empty: nothing does. */
  readonly setUpCommand: string;
  /** How long it may take. */
  readonly setUpMilliseconds: number;
  /** Worktrees that are kept prepared. */
  readonly poolSize: number;
  /** Bytes up to which an ignored file is kept when its worktree is removed. */
  readonly ignoredFileBytes: number;
  /** Bytes of ignored files that are kept of one worktree, all together. */
  readonly ignoredBytes: number;
  /** Milliseconds for which the snapshots of removed worktrees with merged work are kept; null: for ever. */
  readonly keepMs: number | null;
  /** Bytes that the snapshots of all of these may take up beside what branches hold; null: without limit. */
  readonly keepBytes: number | null;
}

const MEGABYTE = 1024 * 1024;
const GIGABYTE = 1024 * MEGABYTE;
const DAY_MS = 24 * 3_600_000;

/** The settings that the user's make. */
export const worktreesSettingsOf = (values: SettingValues): WorktreesSettings => ({
  searchMilliseconds: 20_000,
  lockMilliseconds: 5_000,
  pipeMilliseconds: 3_000,
  folder: values["banyan.worktrees.folder"].trim(),
  include: values["banyan.worktrees.include"],
  copy: values["banyan.worktrees.copy"],
  setUpCommand: values["banyan.worktrees.setUp"].trim(),
  setUpMilliseconds: Math.round(values["banyan.worktrees.setUpMinutes"] * 60_000),
  poolSize: values["banyan.worktrees.pool"],
  ignoredFileBytes: 50 * MEGABYTE,
  ignoredBytes: 500 * MEGABYTE,
  keepMs: values["banyan.worktrees.keepDays"] === 0 ? null : values["banyan.worktrees.keepDays"] * DAY_MS,
  keepBytes:
    values["banyan.worktrees.keepGigabytes"] === 0 ? null : values["banyan.worktrees.keepGigabytes"] * GIGABYTE,
});

export const defaultSettings: WorktreesSettings = worktreesSettingsOf(defaultValues);

/** What every part of this room works with. */
export interface Room {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly repository: Repository;
  readonly settings: WorktreesSettings;
  readonly locks: KeyedMutex;
  /** Where new worktrees stand. */
  readonly folder: string;
  readonly pool: Pool;
  /** For agents whose files are being checked out. */
  readonly turns: Turns;
  /** What was logged and needn't be again, as long as it stays the same. */
  readonly told: Map<string, string>;
  /** Takes work that goes on by itself and never rejects; closing the room waits for it. */
  readonly inBackground: (work: Promise<void>) => void;
  /** Resolves when none of that goes on. */
  readonly idle: () => Promise<void>;
}

/** Held by whoever works in an agent's worktree. */
export const worktreeLock = (agentId: string) => `worktree ${agentId}`;
/** Held while what was removed is kept in the background: two at a time, however many were removed together. */
export const keepingLock = (count: number) => `keeping ${count % 2}`;
/** Held while worktrees are added or taken away: git's own locks make concurrent ones fail. */
export const ADMINISTRATION_LOCK = "administration";
/** Held while a user's branch or checkout is merged into. */
export const CHECKOUT_LOCK = "checkout";

/** Who an agent's commits are by. Its branch carries its name: `banyan/<name>-<id>`. */
export const agentSignature = (room: Room, row: WorktreeRow): Signature => ({
  name: `${agentName(row)} (Banyan)`,
  email: "banyan@localhost",
  at: room.clock.now(),
});

export const agentName = (row: WorktreeRow): string =>
  row.branch.slice("banyan/".length, -`-${row.agentId}`.length) || row.agentId;
