import * as vscode from "vscode";
import { versionAt } from "../gitAddress.ts";
import { linesOf, type OpenText } from "./placing.ts";

/** Whose review a document belongs to; undefined for every other document. */
export const agentAt = (uri: vscode.Uri): string | undefined => versionAt(uri)?.review?.agentId;

/** A document of a review with its text. */
export function openText({ uri, getText }: Pick<vscode.TextDocument, "uri" | "getText">): OpenText | undefined {
  const version = versionAt(uri);
  if (version?.review === undefined) return undefined;
  return { uri: uri.toString(), place: version.review, version, lines: linesOf(getText()) };
}

/** Those of one agent's review that the editor has open. */
export const openTexts = (agentId: string): readonly OpenText[] =>
  vscode.workspace.textDocuments.flatMap((document) => {
    if (agentAt(document.uri) !== agentId) return [];
    const text = openText({ uri: document.uri, getText: () => document.getText() });
    return text === undefined ? [] : [text];
  });

/** Every line of a review's document can be commented on. */
export const commentable = (document: vscode.TextDocument): vscode.Range[] =>
  agentAt(document.uri) === undefined ? [] : [new vscode.Range(0, 0, Math.max(0, document.lineCount - 1), 0)];
