import { ok } from "../../base/errors.ts";
import { settingKeys } from "../../protocol/settings.ts";
import { defineCommand } from "../command.ts";
import { settingLines } from "../render/settings.ts";
import type { UserSettings } from "../settings/file.ts";

export const settingsCommand = defineCommand({
  name: "settings",
  summary: "Show the settings that count here, and whether each stands in your file",
  details: [
    "They stand in banyan/settings.json in your own folder for such files (the path is shown), as JSON with the same keys\nas in VS Code. Nothing is read from the repository, and options of a command win. What is wrong in the file is told,\nand nothing is started. Where another process leads the repository, its limits count.",
    "--json prints an object with file, and settings: by key what counts and from where (default or file).",
  ],
  arguments: {},
  values: {},
  flags: {},
  async run(_, { terminal, json, settings }) {
    const found = await settings();
    if (!found.ok) return found;
    if (json) terminal.json(settingsJson(found.value));
    else terminal.print(...settingLines(found.value));
    return ok(0);
  },
});

const settingsJson = ({ file, values, given }: UserSettings) => ({
  file,
  settings: Object.fromEntries(
    settingKeys.map((key) => [key, { value: values[key], from: given.has(key) ? "file" : "default" }]),
  ),
});
