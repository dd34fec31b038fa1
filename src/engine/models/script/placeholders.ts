import type { InboxMessage, TranscriptEntry } from "../../../protocol/transcript.ts";
import type { ModelRequest } from "../port.ts";

/** What placeholders stand for comes from here. */
type Scene = Pick<ModelRequest, "agent" | "transcript">;

const values: Readonly<Record<string, (scene: Scene) => string>> = {
  "agent.id": ({ agent }) => agent.id,
  "agent.name": ({ agent }) => agent.name,
  "agent.task": ({ agent }) => agent.task,
  "agent.depth": ({ agent }) => String(agent.depth),
  "message.id": ({ transcript }) => lastMessage(transcript, () => true),
  "question.id": ({ transcript }) => lastMessage(transcript, ({ kind }) => kind === "question"),
  "comment.id": ({ transcript }) => lastComment(transcript),
};

const messagesIn = (transcript: readonly TranscriptEntry[]): readonly InboxMessage[] =>
  transcript.flatMap((entry) => (entry.kind === "messages" ? entry.messages : []));

/** The id of the newest message that fits; empty where there is none. */
const lastMessage = (transcript: readonly TranscriptEntry[], fits: (message: InboxMessage) => boolean): string =>
  messagesIn(transcript).findLast(fits)?.id ?? "";

/** How a request for changes names a comment. */
const COMMENT = /^Comment (?<id>\S+) on /gm;

/** The id of the last comment in the newest request for changes; empty where there is none. */
function lastComment(transcript: readonly TranscriptEntry[]): string {
  const ids = messagesIn(transcript).map(({ body }) => [...body.matchAll(COMMENT)].at(-1)?.groups?.id);
  return ids.findLast((id) => id !== undefined) ?? "";
}

/** `{{ name }}`, or with a backslash before it, which stands for the braces themselves. */
const PLACEHOLDER = /(\\?)\{\{\s*([^{}]*?)\s*\}\}/g;

const valueFor = (name: string): ((scene: Scene) => string) | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined;

/** What is wrong with the placeholders of a text, in one sentence; undefined where nothing is. */
export function unknownPlaceholder(text: string): string | undefined {
  for (const [whole, backslash, name = ""] of text.matchAll(PLACEHOLDER)) {
    if (backslash !== "" || valueFor(name) !== undefined) continue;
    const known = Object.keys(values).map((each) => `{{${each}}}`);
    return `unknown placeholder ${whole}: there are ${known.join(", ")}; for the braces themselves write \\${whole}`;
  }
  return undefined;
}

export const fillText = (text: string, scene: Scene): string =>
  text.replace(PLACEHOLDER, (whole, backslash: string, name: string) =>
    backslash === "" ? (valueFor(name)?.(scene) ?? whole) : whole.slice(1),
  );

/** Fills every string of a value; the keys of objects stay as they are. */
export function fillValue(value: unknown, scene: Scene): unknown {
  if (typeof value === "string") return fillText(value, scene);
  if (Array.isArray(value)) return value.map((item) => fillValue(item, scene));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillValue(item, scene)]));
}
