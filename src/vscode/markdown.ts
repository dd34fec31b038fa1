import * as vscode from "vscode";

/** Markdown that can run no command, load no HTML and show no icon: for whatever carries text that others made. */
export function plainMarkdown(value: string): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(value, false);
  markdown.isTrusted = false;
  markdown.supportHtml = false;
  return markdown;
}
