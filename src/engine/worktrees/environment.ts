/** The variables a child process of git may take from ours; everything else, above all `GIT_*`, stays behind. */
const INHERITED = new Set([
  "PATH",
  "HOME",
  "USERPROFILE",
  "HOMEDRIVE",
  "HOMEPATH",
  "XDG_CONFIG_HOME",
  "APPDATA",
  "LOCALAPPDATA",
  "PROGRAMDATA",
  "PROGRAMFILES",
  "PROGRAMFILES(X86)",
  "SYSTEMROOT",
  "SYSTEMDRIVE",
  "WINDIR",
  "COMSPEC",
  "PATHEXT",
  "TMPDIR",
  "TEMP",
  "TMP",
]);

/** Keys and values, in pairs: a driver's name may hold a `=`, which `-c name=value` would cut in the wrong place. */
export type GitConfig = readonly (readonly [key: string, value: string])[];

export type Environment = Readonly<Record<string, string | undefined>>;

/** Holds for every git process, whoever's checkout it works on. */
const QUIET: GitConfig = [
  ["core.fsmonitor", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["core.quotePath", "false"],
  ["core.fsync", "committed,reference"],
  ["core.fsyncMethod", "batch"],
  ["color.ui", "false"],
  ["log.showSignature", "false"],
  // Without the blank before it an empty line of a diff can't be told from no line.
  ["diff.suppressBlankEmpty", "false"],
  // Only warns that line ends will change; as an error it would keep work from being committed.
  ["core.safecrlf", "false"],
  ["advice.graftFileDeprecated", "false"],
  ["i18n.commitEncoding", "UTF-8"],
  ["i18n.logOutputEncoding", "UTF-8"],
];

/** Holds unless the user's own hooks may run: no program that a configuration names is started, no network used. */
const SEALED: GitConfig = [
  ["protocol.allow", "never"],
  ["protocol.ext.allow", "never"],
  ["core.hooksPath", "/dev/null"],
  ["core.pager", "cat"],
  ["core.editor", ":"],
  ["core.askPass", ""],
  ["core.sshCommand", "false"],
  ["core.gitProxy", ""],
  ["credential.helper", ""],
  ["diff.external", ""],
  ["merge.default", "text"],
  ["commit.gpgSign", "false"],
  ["submodule.recurse", "false"],
  ["core.splitIndex", "false"],
  // A name that a file system of another kind takes for .git is kept out here too.
  ["core.protectHFS", "true"],
  ["core.protectNTFS", "true"],
];

/** No network; and objects are what they are, whatever a ref or a file says that others stand for them. */
const ALONE = {
  GIT_ALLOW_PROTOCOL: "none",
  GIT_NO_LAZY_FETCH: "1",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_GRAFT_FILE: "/dev/null",
};

/**
 * What a git process may do beyond reading and writing its repository.
 * `sealed`: nothing. `filters`: the drivers that the user configured run (large files, keyword expansion), as the
 * user's own checkout needs them. `own`: the user's hooks run too.
 */
export type Trust = "sealed" | "filters" | "own";

/** What a git process is started with. `drivers` are the overrides of configured drivers; see `neutralDrivers`. */
export function gitEnvironment(source: Environment, trust: Trust, drivers: GitConfig = []): Record<string, string> {
  const config = [...QUIET, ...(trust === "own" ? [] : SEALED), ...(trust === "sealed" ? drivers : [])];
  return {
    ...(trust === "own" ? withoutGit(source) : inherited(source)),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_EDITOR: ":",
    GIT_PAGER: "cat",
    ...(trust === "own" ? {} : ALONE),
    ...asVariables(config),
  };
}

const asVariables = (config: GitConfig): Record<string, string> =>
  Object.fromEntries([
    ["GIT_CONFIG_COUNT", String(config.length)],
    ...config.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ]);

const inherited = (source: Environment) => keep(source, (name) => INHERITED.has(name));

const withoutGit = (source: Environment) =>
  keep(source, (name) => !name.startsWith("GIT_") && name !== "EDITOR" && name !== "VISUAL" && name !== "PAGER");

function keep(source: Environment, wanted: (upperCaseName: string) => boolean): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) {
    if (value !== undefined && wanted(name.toUpperCase())) kept[name] = value;
  }
  return kept;
}
