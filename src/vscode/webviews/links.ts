import * as vscode from "vscode";
import { outsideLink } from "../../base/links.ts";
import { cut } from "../escape.ts";

/** More of an address than this hides what it is. */
const SHOWN = 1_000;

/** Opens a link of what an agent wrote outside when the user, who is shown where it really leads, agrees. Others are dropped. */
export async function askAndOpen(url: string): Promise<void> {
  const href = outsideLink(url);
  if (href === undefined) return;
  const chosen = await vscode.window.showInformationMessage(
    "Open this link?",
    { modal: true, detail: cut(href, SHOWN) },
    "Open",
    "Copy",
  );
  if (chosen === "Open") await vscode.env.openExternal(vscode.Uri.parse(href, true));
  if (chosen === "Copy") await vscode.env.clipboard.writeText(href);
}
