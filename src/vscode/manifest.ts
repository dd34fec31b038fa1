import { HIGHEST_PRICE, priceFields, requiredPriceFields, type Setting, settings } from "../protocol/settings.ts";
import {
  agentsViewId,
  type CommandContribution,
  category,
  commands,
  containerId,
  editorMenus,
  type ItemMenu,
  itemMenus,
  messagesViewType,
  reviewViewType,
  stateKey,
  titleMenus,
  welcomes,
} from "./contributions.ts";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The keys of package.json that are made from contributions.ts and the settings; the others are written by hand. */
export function makeManifest(): Readonly<Record<string, Json>> {
  return {
    main: "./dist/extension.cjs",
    icon: "media/icon.png",
    categories: ["AI", "Other"],
    keywords: ["agents", "agent teams", "orchestration", "git worktree", "budget", "multi-agent"],
    activationEvents: ["onStartupFinished", `onWebviewPanel:${messagesViewType}`, `onWebviewPanel:${reviewViewType}`],
    capabilities: {
      untrustedWorkspaces: {
        supported: "limited",
        description:
          "Agents change files and run git: in a folder you do not trust, nothing is opened and nothing runs.",
      },
      virtualWorkspaces: false,
    },
    contributes: {
      commands: makeCommands(),
      configuration: { title: category, properties: makeSettings() },
      configurationDefaults: outOfSight,
      menus: {
        commandPalette: makePalette(),
        "view/title": titleMenus.map(makeMenu),
        "view/item/context": itemMenus.map(makeMenu),
        ...Object.fromEntries(Object.entries(editorMenus).map(([menu, items]) => [menu, items.map(makeMenu)])),
      },
      views: {
        [containerId]: [{ id: agentsViewId, name: "Agents", icon: "media/banyan.svg", contextualTitle: category }],
      },
      viewsContainers: { activitybar: [{ id: containerId, title: category, icon: "media/banyan.svg" }] },
      viewsWelcome: makeWelcomes(),
    },
  };
}

/**
 * Agents' worktrees are whole copies of the project: the editor neither watches nor searches them, and the git extension
 * does not take them for repositories of the user's. In the explorer they stay: whoever wants to look in finds them. The
 * two objects are merged with the editor's own defaults; a list takes their place, so that it says what stood there
 * (`node_modules`), and names a folder only, not a path. Whether the user's own worktrees are shown, `git.detectWorktrees`,
 * stays the user's choice.
 */
const outOfSight: Json = {
  "files.watcherExclude": { "**/.banyan/worktrees/**": true },
  "search.exclude": { "**/.banyan/worktrees": true },
  "git.repositoryScanIgnoredFolders": ["node_modules", ".banyan"],
};

const makeCommands = (): Json =>
  Object.entries<CommandContribution>(commands).map(([command, { title, icon }]) => ({
    command,
    title,
    category,
    icon: `$(${icon})`,
  }));

const makePalette = (): Json =>
  Object.entries<CommandContribution>(commands).map(([command, { palette }]) => ({ command, when: palette }));

const makeMenu = ({ command, when, group }: ItemMenu): Json => ({ command, when, group });

const makeSettings = (): Json =>
  Object.fromEntries(
    Object.entries<Setting>(settings).map(([key, setting], order) => [
      key,
      { scope: "machine", order, ...makeSchema(setting), markdownDescription: setting.description },
    ]),
  );

/** The JSON schema of a setting, as far as the settings editor understands one. */
function makeSchema(setting: Setting): { readonly [key: string]: Json } {
  switch (setting.type) {
    case "integer":
    case "number":
      return { type: setting.type, default: setting.default, ...rangeOf(setting) };
    case "cap":
      return { type: ["number", "null"], default: setting.default, ...rangeOf(setting) };
    case "string":
      return {
        type: setting.type,
        default: setting.default,
        pattern: setting.pattern,
        patternErrorMessage: setting.patternError,
      };
    case "choice":
      return {
        type: "string",
        default: setting.default,
        enum: Object.keys(setting.choices),
        markdownEnumDescriptions: Object.values(setting.choices),
      };
    case "integers":
      return {
        type: "array",
        default: setting.default,
        items: { type: "integer", ...rangeOf(setting) },
        uniqueItems: true,
      };
    case "strings":
      return {
        type: "array",
        default: setting.default,
        items: { type: "string", pattern: setting.pattern, patternErrorMessage: setting.patternError },
        uniqueItems: true,
      };
    case "prices":
      return { type: "object", default: {}, additionalProperties: makePrice() };
  }
}

const rangeOf = ({ minimum, maximum }: { readonly minimum: number; readonly maximum: number }) => ({
  minimum,
  maximum,
});

const makePrice = (): Json => ({
  type: "object",
  properties: Object.fromEntries(
    Object.entries(priceFields).map(([name, description]) => [
      name,
      { type: "number", minimum: 0, maximum: HIGHEST_PRICE, description },
    ]),
  ),
  required: requiredPriceFields,
  additionalProperties: false,
});

const makeWelcomes = (): Json =>
  Object.entries(welcomes).map(([state, lines]) => ({
    view: agentsViewId,
    when: `${stateKey} == ${state}`,
    contents: lines.join("\n"),
  }));
