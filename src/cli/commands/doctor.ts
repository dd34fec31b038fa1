import { ok, type Result } from "../../base/errors.ts";
import type { Repair } from "../../engine/store/repair.ts";
import { defineCommand } from "../command.ts";
import type { Context, ExitCode } from "../context.ts";
import { fact, factLines } from "../render/facts.ts";
import { type Line, line, span } from "../render/line.ts";

export const doctorCommand = defineCommand({
  name: "doctor",
  summary: "Say whether the store is sound; with --repair bring a damaged one back",
  details: [
    "--repair keeps the damaged files in a folder beside the store, restores the last state that adds up, and says what\nwas lost. A store that is sound is left as it is.",
    "Exits with 0 if the store is sound or was repaired, and with 1 otherwise. --json prints an object with sound, damage\nand repair.",
  ],
  arguments: {},
  values: {},
  flags: { repair: { help: "Bring a damaged store back to its last good state" } },
  async run(input, context) {
    return input.flag("repair") ? repairStore(context) : examineStore(context);
  },
});

async function examineStore(context: Context): Promise<Result<ExitCode>> {
  const examined = await context.examineStore(context.folder);
  if (!examined.ok) return withoutStore(context, examined);
  const damage = examined.value;
  if (context.json) context.terminal.json({ sound: damage === null, damage, repair: null });
  else if (damage === null) context.terminal.print(line("The store is sound", "green"));
  else context.terminal.complain(damage);
  return ok(damage === null ? 0 : 1);
}

async function repairStore(context: Context): Promise<Result<ExitCode>> {
  const repaired = await context.repairStore(context.folder);
  if (!repaired.ok) return withoutStore(context, repaired);
  const repair = repaired.value;
  if (context.json) context.terminal.json({ sound: true, damage: repair?.damage ?? null, repair });
  else context.terminal.print(...repairLines(repair));
  return ok(0);
}

/** Where no agent ever worked nothing can be damaged. */
function withoutStore({ terminal, json }: Context, refused: Result<never>): Result<ExitCode> {
  if (refused.ok || refused.refusal.code !== "store_missing") return refused;
  if (json) terminal.json({ sound: true, damage: null, repair: null });
  else terminal.print(line("There is no store yet"));
  return ok(0);
}

const repairLines = (repair: Repair | null): Line[] =>
  repair === null
    ? [line("The store is sound: nothing was changed", "green")]
    : factLines([
        fact("Damage", span(repair.damage)),
        fact("Restored", span(`up to transaction ${repair.restoredTo}`)),
        { title: "Lost", value: repair.lost.length === 0 ? [line("nothing")] : repair.lost.map((each) => line(each)) },
        fact("Kept in", span(repair.kept)),
      ]);
