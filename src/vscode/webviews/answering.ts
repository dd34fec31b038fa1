import type { Call } from "../../protocol/call.ts";
import type { Functions } from "../../protocol/channel.ts";

/** Makes the answers to a view's calls: one whose arguments are not what they should be is rejected, and told to `onFault`. */
export function createAnswering(onFault: (name: string, error: unknown) => void) {
  return <Args extends readonly unknown[], Answer>(
    { name, args }: Call<Args, Answer>,
    run: (...args: Args) => Promise<Answer>,
  ): Functions => ({
    [name]: async (...given) => {
      const parsed = args.safeParse(given);
      if (!parsed.success) {
        onFault(name, new Error(`arguments that ${name} does not take`));
        throw new Error(`${name} was called with something that it does not take`);
      }
      return run(...parsed.data);
    },
  });
}

/** Calls through once for each name. */
export function createOnce(report: (name: string, error: unknown) => void) {
  const seen = new Set<string>();
  return (name: string, error: unknown) => {
    if (seen.has(name)) return;
    seen.add(name);
    report(name, error);
  };
}
