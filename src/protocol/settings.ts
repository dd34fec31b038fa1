/**
 * Every setting of the user's, stated once: the editor's section of package.json is made from this table, and both edges
 * read and check by it. Knows neither zod nor `vscode`, so that the editor's light entry can load it.
 */

interface SettingBase {
  /** Markdown. */
  readonly description: string;
}
export interface NumberSetting extends SettingBase {
  readonly type: "integer" | "number";
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
}
/** A number, or null: nothing is capped. */
export interface CapSetting extends SettingBase {
  readonly type: "cap";
  readonly default: null;
  readonly minimum: number;
  readonly maximum: number;
}
export interface TextSetting extends SettingBase {
  readonly type: "string";
  readonly default: string;
  /** A regular expression that the whole value matches, and what to say when it does not. */
  readonly pattern: string;
  readonly patternError: string;
  /** What may be written, as a complaint says it: `"provider/model", for example "offline/survey"`. */
  readonly right: string;
}
export interface ChoiceSetting extends SettingBase {
  readonly type: "choice";
  readonly default: string;
  /** What may be chosen, and what each means. */
  readonly choices: Readonly<Record<string, string>>;
}
/** Whole numbers, each of them once. */
export interface IntegersSetting extends SettingBase {
  readonly type: "integers";
  readonly default: readonly number[];
  readonly minimum: number;
  readonly maximum: number;
}
/** Texts, each of them once. */
export interface StringsSetting extends SettingBase {
  readonly type: "strings";
  readonly default: readonly string[];
  /** As of a text, for each. */
  readonly pattern: string;
  readonly patternError: string;
  readonly right: string;
}
export interface PricesSetting extends SettingBase {
  readonly type: "prices";
  readonly default: OwnPrices;
}
export type Setting =
  | NumberSetting
  | CapSetting
  | TextSetting
  | ChoiceSetting
  | IntegersSetting
  | StringsSetting
  | PricesSetting;

/** A model's price as the user states it: US dollars for a million tokens. */
export interface OwnPrice {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
}
/** By `provider/model`. */
export type OwnPrices = Readonly<Record<string, OwnPrice>>;

/** The fields of a price, and what each means. */
export const priceFields = {
  input: "US dollars for a million input tokens",
  output: "US dollars for a million output tokens",
  cacheRead: "US dollars for a million tokens read from the cache; 0.1 × input where it is left out",
  cacheWrite: "US dollars for a million tokens written to the cache; 2 × input where it is left out",
} as const;
export const requiredPriceFields = ["input", "output"] as const satisfies readonly (keyof typeof priceFields)[];
/** Dollars for a million tokens: a slip of the finger does not become a fortune. */
export const HIGHEST_PRICE = 1000;

/** How a model is named: `provider/model`. */
const MODEL_NAME = "^[^/\\s]+/\\S.*$";
export const modelName = new RegExp(MODEL_NAME);

const readOnce = "Read when the repository is opened; of several windows on it, that of the one that leads counts.";
const capped = "`null`: no cap. No agent can raise it.";

/**
 * Each of these decides what may be spent or run, so none may come from a repository's own settings: in the editor all are of
 * scope `machine`, in the terminal they stand in the user's own file.
 */
export const settings = {
  "banyan.slots": {
    type: "integer",
    default: 8,
    minimum: 1,
    maximum: 64,
    description: `How many agents run at the same time; the others queue. ${readOnce}`,
  },
  "banyan.maxDepth": {
    type: "integer",
    default: 8,
    minimum: 0,
    maximum: 32,
    description: `How many levels of agents may be below a lead. 0: a lead works alone. ${readOnce}`,
  },
  "banyan.maxChildren": {
    type: "integer",
    default: 16,
    minimum: 0,
    maximum: 256,
    description: `How many agents one agent may hire. ${readOnce}`,
  },
  "banyan.maxTurns": {
    type: "integer",
    default: 200,
    minimum: 1,
    maximum: 10_000,
    description: `Turns after which an agent is stopped; its work is kept. ${readOnce}`,
  },
  "banyan.maxHours": {
    type: "number",
    default: 8,
    minimum: 0.01,
    maximum: 1000,
    description: `Hours that an agent may be at work, after which it is stopped; its work is kept. Time that it is paused or waits for you does not count. ${readOnce}`,
  },
  "banyan.onParentEnd": {
    type: "choice",
    default: "handOver",
    choices: {
      handOver: "They go on, and report to the agent above the one that ended, or to you.",
      stop: "They are stopped; their work is kept.",
    },
    description: `What becomes of the agents that an agent hired when it ends before them. ${readOnce}`,
  },
  "banyan.budget.usd": {
    type: "number",
    default: 5,
    minimum: 0.000001,
    maximum: 100_000,
    description:
      "US dollars that a new team may spend, unless you say otherwise when you spawn it. No agent can raise it.",
  },
  "banyan.budget.tokens": {
    type: "integer",
    default: 10_000_000,
    minimum: 1000,
    maximum: 1_000_000_000_000,
    description: "Tokens that a new team may use. It also holds where a model's price is not known.",
  },
  "banyan.budget.alerts": {
    type: "integers",
    default: [50, 80, 100],
    minimum: 1,
    maximum: 100,
    description: `Percentages of a budget at which you are told, once each. Empty: never. ${readOnce}`,
  },
  "banyan.cap.perDay": {
    type: "cap",
    default: null,
    minimum: 0,
    maximum: 1_000_000,
    description: `US dollars that all teams of a repository together may spend in a day of your calendar. ${capped} ${readOnce}`,
  },
  "banyan.cap.perMonth": {
    type: "cap",
    default: null,
    minimum: 0,
    maximum: 10_000_000,
    description: `US dollars that all teams of a repository together may spend in a month of your calendar. ${capped} ${readOnce}`,
  },
  "banyan.prices": {
    type: "prices",
    default: {},
    description: `Prices of models, in US dollars for a million tokens: they come before the table that Banyan ships (\`banyan prices\` shows both) and add to it. By \`provider/model\`, for example \`{ "anthropic/my-model": { "input": 3, "output": 15 } }\`. \`cacheRead\` is 0.1 × input and \`cacheWrite\` 2 × input where they are left out. ${readOnce}`,
  },
  "banyan.messages.maxPending": {
    type: "integer",
    default: 1000,
    minimum: 10,
    maximum: 100_000,
    description: `How many messages may wait for one agent. Who sends one more is told so. ${readOnce}`,
  },
  "banyan.messages.maxKilobytes": {
    type: "integer",
    default: 64,
    minimum: 1,
    maximum: 1024,
    description: `How long a message may be, in kilobytes of text. ${readOnce}`,
  },
  "banyan.messages.keepDays": {
    type: "integer",
    default: 0,
    minimum: 0,
    maximum: 36_500,
    description: `Days after which a message that was processed, or discarded, is forgotten; what was said stays in the agents' transcripts. 0: never. ${readOnce}`,
  },
  "banyan.worktrees.folder": {
    type: "string",
    default: "",
    pattern: "^(?:|~|~[/\\\\].*|/.*|[A-Za-z]:[/\\\\].*|\\\\\\\\.*)$",
    patternError: "Write an absolute path, one that begins with ~/, or nothing.",
    right: 'an absolute path, one that begins with ~/, or ""',
    description: `A folder in which each repository gets one of its own for its agents' worktrees: an absolute path, or one that begins with \`~/\`. Empty: they stand in \`.banyan/worktrees\` in the repository. Those that are there stay where they are. ${readOnce}`,
  },
  "banyan.worktrees.include": {
    type: "strings",
    default: [],
    pattern: "^[^\\0\\n]*[^\\0\\n\\s][^\\0\\n]*$",
    patternError: "Write a pattern as in a .gitignore, for example .env or node_modules/.",
    right: 'a list of patterns as in a .gitignore, no two alike, for example [".env", "node_modules/"]',
    description: `Files and folders that git ignores and that each agent's worktree gets a copy of, as patterns like those of a \`.gitignore\`: for example \`.env\` and \`node_modules/\`. The patterns in a file \`.worktreeinclude\` in your checkout count too. Agents can read what they get. ${readOnce}`,
  },
  "banyan.worktrees.copy": {
    type: "choice",
    default: "copy",
    choices: {
      copy: "All of it is copied.",
      link: "Folders are made and filled with links to what is in yours. Fast and small, but what a set-up command changes behind a link, it changes in yours; agents' tools neither read nor write there.",
    },
    description: `How those folders are brought into a worktree where the file system can't share blocks between copies. ${readOnce}`,
  },
  "banyan.worktrees.setUp": {
    type: "string",
    default: "",
    pattern: "^[^\\0]*$",
    patternError: "Write a command, for example npm ci.",
    right: 'a command, for example "npm ci", or ""',
    description: `A command that runs in each new worktree before its agent starts there, for example \`npm ci\`: through your shell, with your environment and \`BANYAN_CHECKOUT\`, the folder of your own checkout. Where it fails, the agent fails with the last that it said. ${readOnce}`,
  },
  "banyan.worktrees.setUpMinutes": {
    type: "number",
    default: 10,
    minimum: 0.1,
    maximum: 1440,
    description: `Minutes that the set-up command may take, after which it is ended and counts as failed. ${readOnce}`,
  },
  "banyan.worktrees.pool": {
    type: "integer",
    default: 2,
    minimum: 0,
    maximum: 16,
    description: `How many worktrees are kept prepared for the next agents, so that each has its own at once. They take room on the disk, and are made once the first agent has its own. 0: none. ${readOnce}`,
  },
  "banyan.worktrees.keepDays": {
    type: "integer",
    default: 30,
    minimum: 0,
    maximum: 36_500,
    description: `Days after which what a removed worktree held beside its branch is forgotten: uncommitted and ignored files. Only where its work was merged; branches stay. 0: never. ${readOnce}`,
  },
  "banyan.worktrees.keepGigabytes": {
    type: "number",
    default: 10,
    minimum: 0,
    maximum: 100_000,
    description: `Gigabytes that all of that may take up in the repository; beyond it the oldest is forgotten first. 0: without limit. ${readOnce}`,
  },
  "banyan.model": {
    type: "string",
    default: "offline/survey",
    pattern: MODEL_NAME,
    patternError: "Write provider/model, for example offline/survey.",
    right: '"provider/model", for example "offline/survey"',
    description:
      "The model that a new team starts with unless you choose another one, as provider/model. `offline/survey` needs no network and no key; `script/FILE` plays a file.",
  },
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof settings;
export type KeyOf<Kind extends Setting> = {
  [Key in SettingKey]: (typeof settings)[Key] extends Kind ? Key : never;
}[SettingKey];

export type OnParentEnd = keyof (typeof settings)["banyan.onParentEnd"]["choices"];

type ValueOf<S extends Setting> = S extends NumberSetting
  ? number
  : S extends CapSetting
    ? number | null
    : S extends IntegersSetting
      ? readonly number[]
      : S extends StringsSetting
        ? readonly string[]
        : S extends ChoiceSetting
          ? keyof S["choices"]
          : S extends PricesSetting
            ? OwnPrices
            : string;

/** A value for each setting: as the user writes it, with dollars as dollars and hours as hours. */
export type SettingValues = { readonly [Key in SettingKey]: ValueOf<(typeof settings)[Key]> };

/** What counts where the user says nothing. */
export const defaultValues: SettingValues = {
  "banyan.slots": settings["banyan.slots"].default,
  "banyan.maxDepth": settings["banyan.maxDepth"].default,
  "banyan.maxChildren": settings["banyan.maxChildren"].default,
  "banyan.maxTurns": settings["banyan.maxTurns"].default,
  "banyan.maxHours": settings["banyan.maxHours"].default,
  "banyan.onParentEnd": settings["banyan.onParentEnd"].default,
  "banyan.budget.usd": settings["banyan.budget.usd"].default,
  "banyan.budget.tokens": settings["banyan.budget.tokens"].default,
  "banyan.budget.alerts": settings["banyan.budget.alerts"].default,
  "banyan.cap.perDay": settings["banyan.cap.perDay"].default,
  "banyan.cap.perMonth": settings["banyan.cap.perMonth"].default,
  "banyan.prices": settings["banyan.prices"].default,
  "banyan.messages.maxPending": settings["banyan.messages.maxPending"].default,
  "banyan.messages.maxKilobytes": settings["banyan.messages.maxKilobytes"].default,
  "banyan.messages.keepDays": settings["banyan.messages.keepDays"].default,
  "banyan.worktrees.folder": settings["banyan.worktrees.folder"].default,
  "banyan.worktrees.include": settings["banyan.worktrees.include"].default,
  "banyan.worktrees.copy": settings["banyan.worktrees.copy"].default,
  "banyan.worktrees.setUp": settings["banyan.worktrees.setUp"].default,
  "banyan.worktrees.setUpMinutes": settings["banyan.worktrees.setUpMinutes"].default,
  "banyan.worktrees.pool": settings["banyan.worktrees.pool"].default,
  "banyan.worktrees.keepDays": settings["banyan.worktrees.keepDays"].default,
  "banyan.worktrees.keepGigabytes": settings["banyan.worktrees.keepGigabytes"].default,
  "banyan.model": settings["banyan.model"].default,
};

export const isOnParentEnd = (value: unknown): value is OnParentEnd =>
  typeof value === "string" && Object.hasOwn(settings["banyan.onParentEnd"].choices, value);

export type WorktreeCopy = keyof (typeof settings)["banyan.worktrees.copy"]["choices"];

export const isWorktreeCopy = (value: unknown): value is WorktreeCopy =>
  typeof value === "string" && Object.hasOwn(settings["banyan.worktrees.copy"].choices, value);

export const isSettingKey = (key: string): key is SettingKey => Object.hasOwn(settings, key);

/** Every key, in the order of the table. */
export const settingKeys: readonly SettingKey[] = Object.keys(settings).filter(isSettingKey);
