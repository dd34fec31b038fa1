import * as vscode from "vscode";
import { ok, type Result, refuse } from "../../base/errors.ts";

/** One question of a command, in a box that stays while the user looks something up elsewhere. */
export interface Question<T> {
  readonly title: string;
  readonly prompt: string;
  readonly placeHolder?: string;
  readonly value?: string;
  /** What is typed; a refusal is shown below it until it is mended. */
  parse(text: string): Result<T>;
}

/** Undefined where the user leaves it. */
export async function ask<T>({ parse, ...shown }: Question<T>): Promise<T | undefined> {
  const text = await vscode.window.showInputBox({
    ...shown,
    ignoreFocusOut: true,
    validateInput: (input) => {
      const parsed = parse(input);
      return parsed.ok ? undefined : parsed.refusal.message;
    },
  });
  const parsed = text === undefined ? undefined : parse(text);
  return parsed?.ok ? parsed.value : undefined;
}

export function parseTask(text: string): Result<string> {
  const task = text.trim();
  return task === "" ? refuse("bad_input", "A task is needed.") : ok(task);
}
