import type { ModelRequest } from "../port.ts";

type Agent = ModelRequest["agent"];

const values: Readonly<Record<string, (agent: Agent) => string>> = {
  "agent.id": (agent) => agent.id,
  "agent.name": (agent) => agent.name,
  "agent.task": (agent) => agent.task,
  "agent.depth": (agent) => String(agent.depth),
};

/** `{{ name }}`, or with a backslash before it, which stands for the braces themselves. */
const PLACEHOLDER = /(\\?)\{\{\s*([^{}]*?)\s*\}\}/g;

const valueFor = (name: string): ((agent: Agent) => string) | undefined =>
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

export const fillText = (text: string, agent: Agent): string =>
  text.replace(PLACEHOLDER, (whole, backslash: string, name: string) =>
    backslash === "" ? (valueFor(name)?.(agent) ?? whole) : whole.slice(1),
  );

/** Fills every string of a value; the keys of objects stay as they are. */
export function fillValue(value: unknown, agent: Agent): unknown {
  if (typeof value === "string") return fillText(value, agent);
  if (Array.isArray(value)) return value.map((item) => fillValue(item, agent));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillValue(item, agent)]));
}
