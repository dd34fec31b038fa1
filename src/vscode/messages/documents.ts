import * as vscode from "vscode";
import type { Disposable } from "../../base/disposable.ts";
import { ok, type Result } from "../../base/errors.ts";
import { messageScheme } from "../contributions.ts";
import type { Session } from "../session.ts";

/** Serves the whole text of messages, read-only. A message never changes, so nothing is refreshed. */
export function registerMessageDocuments(session: Pick<Session, "engine">): Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(messageScheme, {
    async provideTextDocumentContent(uri) {
      const engine = await session.engine("refuse");
      const found = engine.ok ? await engine.value.messages.find(uri.query) : engine;
      if (!found.ok) throw new Error(found.refusal.message);
      return found.value.body;
    },
  });
}

/** Opens the whole text of a message beside nothing else: in a tab of its own. */
export async function openWholeMessage(session: Pick<Session, "engine">, id: string): Promise<Result<unknown>> {
  const engine = await session.engine("refuse");
  const found = engine.ok ? await engine.value.messages.find(id) : engine;
  if (!found.ok) return found;
  const path = `/Message ${found.value.seq}.txt`;
  await vscode.window.showTextDocument(vscode.Uri.from({ scheme: messageScheme, path, query: found.value.id }));
  return ok(null);
}
