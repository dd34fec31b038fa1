import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { unseenCharacters } from "../base/text.ts";
import { outputScheme } from "./contributions.ts";
import { noticeText } from "./escape.ts";

/** What a program of the user's wrote, such as a hook: too long for a notice. */
export interface ProgramOutput {
  readonly name: string;
  readonly text: string;
}

export interface Outputs extends Disposable {
  /** Shows one line as an error, and on request all that was written, in a read-only document. */
  offer(line: string, output: ProgramOutput): Promise<void>;
}

/** So many are kept; the oldest go first. */
const KEPT = 20;

export function createOutputs(): Outputs {
  const disposables = new DisposableStore();
  const texts = new Map<string, string>();
  let count = 0;
  disposables.add(
    vscode.workspace.registerTextDocumentContentProvider(outputScheme, {
      provideTextDocumentContent: ({ path }) => texts.get(path) ?? "This is not kept any more.\n",
    }),
  );
  const keep = ({ name, text }: ProgramOutput): vscode.Uri => {
    const path = `/${++count}/${name.replace(/[^\w.-]+/g, " ").trim()}`;
    texts.set(path, `${text.replace(unseenCharacters, "")}\n`);
    const [oldest] = texts.keys();
    if (texts.size > KEPT && oldest !== undefined) texts.delete(oldest);
    return vscode.Uri.from({ scheme: outputScheme, path });
  };
  return {
    async offer(line, output) {
      const show = "Show Output";
      const uri = keep(output);
      if ((await vscode.window.showErrorMessage(noticeText(line), show)) === show)
        await vscode.window.showTextDocument(uri, { preview: true });
    },
    dispose: () => disposables.dispose(),
  };
}
