import { writeFileSync } from "node:fs";
import type { Fact, FactResult, HostReport } from "./facts.ts";

/** Runs inside the extension host. Rejects when a fact failed, by which a desktop VS Code ends with an error. */
export async function runFacts(facts: readonly Fact[], reportPath: string): Promise<void> {
  const results: FactResult[] = [];
  const report = (state: Omit<HostReport, "results">) =>
    writeFileSync(reportPath, JSON.stringify({ ...state, results }));
  for (const fact of facts) {
    report({ running: fact.name, done: false });
    results.push(await runFact(fact));
  }
  report({ done: true });
  const failed = results.filter((result) => result.failure !== undefined);
  if (failed.length > 0) throw new Error(`${failed.length} of ${results.length} facts failed`);
}

async function runFact(fact: Fact): Promise<FactResult> {
  const started = performance.now();
  const failure = await failureOf(fact);
  const durationMs = Math.round(performance.now() - started);
  return { name: fact.name, durationMs, ...(failure === undefined ? {} : { failure }) };
}

async function failureOf(fact: Fact): Promise<string | undefined> {
  const limit = fact.timeoutMs ?? 30_000;
  let timer: NodeJS.Timeout | undefined;
  try {
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done within ${limit} ms`)), limit);
    });
    await Promise.race([fact.run(), deadline]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    clearTimeout(timer);
  }
}
