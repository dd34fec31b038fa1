import { ok, refuse } from "../../../base/errors.ts";
import { countRequest } from "../counting.ts";
import type { Model, ModelProvider } from "../port.ts";
import { surveyReply } from "./survey.ts";

const MAX_OUTPUT_TOKENS = 16_000;

const survey: Model = {
  id: "offline/survey",
  maxOutputTokens: MAX_OUTPUT_TOKENS,
  countInput: async (request) => countRequest(request),
  async call(request, signal) {
    signal.throwIfAborted();
    return { kind: "reply", reply: surveyReply(request) };
  },
};

/** `offline/survey`: no network, no key, no clock; rules that survey any repository through the tools. */
export function createOfflineProvider(): ModelProvider {
  return {
    name: "offline",
    offers: ["survey"],
    open: async (model) =>
      model === "survey"
        ? ok(survey)
        : refuse("unknown_model", `Unknown model "offline/${model}": there is offline/survey.`),
  };
}
