import type { Command } from "../command.ts";
import { archiveCommand, archivedCommand, restoreCommand } from "./archive.ts";
import { budgetCommand } from "./budget.ts";
import { collisionsCommand } from "./collisions.ts";
import {
  deadLettersCommand,
  discardDeadLettersCommand,
  retryDeadLettersCommand,
  showDeadLetterCommand,
} from "./deadLetters.ts";
import { demoCommand } from "./demo.ts";
import { diffCommand } from "./diff.ts";
import { doctorCommand } from "./doctor.ts";
import { forecastCommand } from "./forecast.ts";
import { mergeCommand } from "./merge.ts";
import { messagesCommand } from "./messages.ts";
import { pauseCommand } from "./pause.ts";
import { pricesCommand } from "./prices.ts";
import { pushCommand } from "./push.ts";
import { raiseCommand } from "./raise.ts";
import { reopenCommand } from "./reopen.ts";
import { resolveCommand } from "./resolve.ts";
import { resumeCommand } from "./resume.ts";
import { reviewCommand } from "./review.ts";
import { sendCommand } from "./send.ts";
import { serveCommand } from "./serve.ts";
import { settingsCommand } from "./settings.ts";
import { showCommand } from "./show.ts";
import { spawnCommand } from "./spawn.ts";
import { stopCommand } from "./stop.ts";
import { treeCommand } from "./tree.ts";
import { worktreesCleanCommand, worktreesListCommand, worktreesRestoreCommand } from "./worktrees.ts";

/** Every command there is, in the order of the help. */
export const allCommands: readonly Command[] = [
  demoCommand,
  spawnCommand,
  resumeCommand,
  serveCommand,
  pauseCommand,
  stopCommand,
  reopenCommand,
  raiseCommand,
  sendCommand,
  treeCommand,
  showCommand,
  messagesCommand,
  deadLettersCommand,
  showDeadLetterCommand,
  retryDeadLettersCommand,
  discardDeadLettersCommand,
  budgetCommand,
  diffCommand,
  reviewCommand,
  mergeCommand,
  resolveCommand,
  pushCommand,
  collisionsCommand,
  worktreesListCommand,
  worktreesCleanCommand,
  worktreesRestoreCommand,
  forecastCommand,
  pricesCommand,
  settingsCommand,
  archiveCommand,
  archivedCommand,
  restoreCommand,
  doctorCommand,
];
