import {
  agentsViewId,
  type CommandContribution,
  category,
  commands,
  containerId,
  type ItemMenu,
  itemMenus,
  type NumberSetting,
  settings,
  stateKey,
  type TextSetting,
  titleMenus,
  welcomes,
} from "./contributions.ts";

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

/** The keys of package.json that are made from contributions.ts; the others are written by hand. */
export function makeManifest(): Readonly<Record<string, Json>> {
  return {
    main: "./dist/extension.cjs",
    icon: "media/icon.png",
    categories: ["AI", "Other"],
    keywords: ["agents", "agent teams", "orchestration", "git worktree", "budget", "multi-agent"],
    activationEvents: ["onStartupFinished"],
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
      menus: {
        commandPalette: makePalette(),
        "view/title": titleMenus.map(makeMenu),
        "view/item/context": itemMenus.map(makeMenu),
      },
      views: {
        [containerId]: [{ id: agentsViewId, name: "Agents", icon: "media/banyan.svg", contextualTitle: category }],
      },
      viewsContainers: { activitybar: [{ id: containerId, title: category, icon: "media/banyan.svg" }] },
      viewsWelcome: makeWelcomes(),
    },
  };
}

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
    Object.entries<NumberSetting | TextSetting>(settings).map(([key, setting], order) => [
      key,
      makeSetting(setting, order),
    ]),
  );

function makeSetting(setting: NumberSetting | TextSetting, order: number): Json {
  const common = { scope: "machine", order, type: setting.type, default: setting.default };
  const text = { markdownDescription: setting.description };
  if (setting.type !== "string") return { ...common, minimum: setting.minimum, maximum: setting.maximum, ...text };
  return { ...common, pattern: setting.pattern, patternErrorMessage: setting.patternError, ...text };
}

const makeWelcomes = (): Json =>
  Object.entries(welcomes).map(([state, lines]) => ({
    view: agentsViewId,
    when: `${stateKey} == ${state}`,
    contents: lines.join("\n"),
  }));
