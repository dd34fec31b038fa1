/** What a window remembers over a reload: the leads of the teams that it follows, and which notices it showed. */
export interface NoticeMemory {
  readonly followed: readonly string[];
  readonly told: readonly string[];
}

/** Where it is kept; `read` answers whatever was written there, by any version. */
export interface NoticeStorage {
  read(): unknown;
  write(memory: NoticeMemory): void;
}

export const noticesKey = "banyan.notices";

export function readMemory(stored: unknown): NoticeMemory {
  const fields: { followed?: unknown; told?: unknown } = typeof stored === "object" && stored !== null ? stored : {};
  return { followed: texts(fields.followed), told: texts(fields.told) };
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
