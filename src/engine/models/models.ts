import { type Result, refuse } from "../../base/errors.ts";
import type { Model, ModelProvider } from "./port.ts";

export interface Models {
  /** Opens `provider/model`; refuses an id it does not know with a list of those it does. */
  open(id: string): Promise<Result<Model>>;
}

export function createModels(providers: readonly ModelProvider[]): Models {
  const known = providers.flatMap((provider) => provider.offers.map((model) => `${provider.name}/${model}`)).join(", ");
  return {
    async open(id) {
      const slash = id.indexOf("/");
      const provider = providers.find((candidate) => candidate.name === id.slice(0, Math.max(slash, 0)));
      const model = id.slice(slash + 1);
      if (provider === undefined || model === "") {
        return refuse("unknown_model", `Unknown model "${id}": use provider/model, one of ${known}.`);
      }
      return provider.open(model);
    },
  };
}
