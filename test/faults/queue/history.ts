import { z } from "zod";
import type { Backend } from "../../../src/engine/remote/backend.ts";
import type { InboxMessage } from "../../../src/protocol/transcript.ts";
import { priorities } from "../../../src/protocol/words.ts";
import { type Called, callsIn } from "../../support/called.ts";
import { expectOk } from "../../support/store.ts";
import { broughtBy } from "./arrivals.ts";
import type { Arrival, History, Sending, Take } from "./checker.ts";
import { letterIn } from "./plan.ts";

/** The history of a team's letters, as its transcripts tell it: what tools answered, and what came. */
export async function historyOf(engine: Backend): Promise<History> {
  const sendings: Sending[] = [];
  const takes: Take[] = [];
  const drained = new Set<string>();
  for (const { id, name } of await engine.agents.tree()) {
    drained.add(name);
    const transcript = expectOk(await engine.agents.transcript(id));
    sendings.push(...sendingsIn(callsIn(transcript)));
    for (const entry of transcript) {
      const arrivals = broughtBy(entry).flatMap(arrivalOf);
      if (arrivals.length > 0) takes.push({ recipient: name, arrivals, processed: true });
    }
  }
  const dead = expectOk(await engine.messages.deadLetters()).flatMap(({ body }) => letterIn(body) ?? []);
  return { sendings, takes, dead, drained };
}

function arrivalOf({ body, from, priority }: InboxMessage): readonly Arrival[] {
  const letter = letterIn(body);
  return letter === undefined ? [] : [{ letter, from: from.name, priority }];
}

const sendInput = z.object({ body: z.string(), to: z.string(), priority: z.enum(priorities) });

/** A call that failed was refused; one that was cut off left nobody knowing. */
function sendingsIn(called: readonly Called[]): readonly Sending[] {
  return called
    .filter(({ tool }) => tool === "send_message")
    .flatMap(({ input, failed, answer }) => {
      const letter = letterIn(sendInput.parse(input).body);
      if (letter === undefined) return [];
      const outcome = failed ? (/interrupted/.test(answer) ? "indeterminate" : "failed") : "acknowledged";
      return [{ letter, outcome }];
    });
}
