import { posix, win32 } from "node:path";
import type { Variables } from "../terminal.ts";

interface Machine {
  readonly platform: NodeJS.Platform;
  readonly variables: Variables;
  /** The user's folder; absolute. */
  readonly home: string;
}

/** Where the user's settings for the terminal stand: in the platform's folder for such files. */
export function settingsPath({ platform, variables, home }: Machine): string {
  const path = platform === "win32" ? win32 : posix;
  return path.join(configFolder(platform, variables, home), "banyan", "settings.json");
}

function configFolder(platform: NodeJS.Platform, variables: Variables, home: string): string {
  if (platform === "win32") return given(variables.APPDATA, win32.isAbsolute) ?? win32.join(home, "AppData", "Roaming");
  if (platform === "darwin") return posix.join(home, "Library", "Application Support");
  return given(variables.XDG_CONFIG_HOME, posix.isAbsolute) ?? posix.join(home, ".config");
}

/** A relative path would be read from wherever the command is called, a repository among others. */
const given = (path: string | undefined, isAbsolute: (path: string) => boolean): string | undefined =>
  path !== undefined && isAbsolute(path) ? path : undefined;
