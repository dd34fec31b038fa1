import { type Result, refuse } from "../../base/errors.ts";
import type { Model, ModelProvider } from "./port.ts";

export interface Models {
  /**
   * Opens `provider/model`. Refuses an id it does not know with a list of those it does, and with `provider_absent` one
   * whose provider only another kind of process has.
   */
  open(id: string): Promise<Result<Model>>;
}

/** Providers that a process may lack, and what has them. */
const elsewhere: ReadonlyMap<string, string> = new Map([["vscode", "a VS Code window"]]);

export function createModels(providers: readonly ModelProvider[]): Models {
  const known = providers.flatMap((provider) => provider.offers.map((model) => `${provider.name}/${model}`)).join(", ");
  return {
    async open(id) {
      const slash = id.indexOf("/");
      const name = id.slice(0, Math.max(slash, 0));
      const provider = providers.find((candidate) => candidate.name === name);
      const model = id.slice(slash + 1);
      const place = elsewhere.get(name);
      if (provider === undefined && place !== undefined && model !== "") {
        return refuse("provider_absent", `${id} is there only where ${place} runs the agents.`);
      }
      if (provider === undefined || model === "") {
        return refuse("unknown_model", `Unknown model "${id}": use provider/model, one of ${known}.`);
      }
      return provider.open(model);
    },
  };
}
