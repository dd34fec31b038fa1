import * as vscode from "vscode";
import { type CommandId, commands } from "./contributions.ts";

/** The same with a link below it that runs one command, about one agent, and no other. */
export function markdownWithCommand(value: string, command: CommandId, agentId: string): vscode.MarkdownString {
  const link = `[${commands[command].title}](command:${command}?${encodeURIComponent(JSON.stringify([agentId]))})`;
  const markdown = plainMarkdown(`${value}\n\n${link}`);
  markdown.isTrusted = { enabledCommands: [command] };
  return markdown;
}

/** Markdown that can run no command, load no HTML and show no icon: for whatever carries text that others made. */
export function plainMarkdown(value: string): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(value, false);
  markdown.isTrusted = false;
  markdown.supportHtml = false;
  return markdown;
}
