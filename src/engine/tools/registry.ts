import { z } from "zod";
import { isDiskRefusal, messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { StoreUnavailableError } from "../store/port.ts";
import { answerCommentTool } from "./answer_comment.ts";
import { askTool } from "./ask.ts";
import { commitTool } from "./commit.ts";
import { diffTool } from "./diff.ts";
import { editFileTool } from "./edit_file.ts";
import { forecastTool } from "./forecast.ts";
import { listFilesTool } from "./list_files.ts";
import { logTool } from "./log.ts";
import { mergeChildTool } from "./merge_child.ts";
import { raiseBudgetTool } from "./raise_budget.ts";
import { readFileTool } from "./read_file.ts";
import { reopenAgentTool } from "./reopen_agent.ts";
import { reportTool } from "./report.ts";
import { searchTool } from "./search.ts";
import { sendMessageTool } from "./send_message.ts";
import { spawnAgentTool } from "./spawn_agent.ts";
import { statusTool } from "./status.ts";
import { stopAgentTool } from "./stop_agent.ts";
import { teamStatusTool } from "./team_status.ts";
import { failWith, type Tool, type ToolContext, type ToolOutcome } from "./tool.ts";
import { waitTool } from "./wait.ts";
import { writeFileTool } from "./write_file.ts";

/** Every tool there is. */
export const allTools: readonly Tool[] = [
  readFileTool,
  listFilesTool,
  searchTool,
  writeFileTool,
  editFileTool,
  diffTool,
  logTool,
  statusTool,
  commitTool,
  spawnAgentTool,
  sendMessageTool,
  askTool,
  waitTool,
  answerCommentTool,
  mergeChildTool,
  teamStatusTool,
  forecastTool,
  raiseBudgetTool,
  reopenAgentTool,
  stopAgentTool,
  reportTool,
];

/** A tool as a model is told of it; the input is a JSON schema (draft 2020-12). */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export interface Toolbox {
  readonly specs: readonly ToolDescription[];
  find(name: string): Tool | undefined;
  /** The same without the tools that are not named; null: the same. */
  allowing(names: readonly string[] | null): Toolbox;
  /**
   * Runs a tool on what a model wrote. An unknown tool, malformed input and a tool that fails are results with
   * `isError` that tell the model what would be right. Rejects with the reason of `context.signal`, and where the disk
   * refuses: no model can help that.
   */
  runTool(name: string, input: unknown, context: ToolContext): Promise<ToolOutcome>;
}

/** Throws when two tools have one name: that is a bug of whoever made the list. */
export function createToolbox(tools: readonly Tool[], log: Logger): Toolbox {
  return toolboxOf(
    tools.map((tool) => ({ tool, spec: describe(tool) })),
    log,
  );
}

interface Described {
  readonly tool: Tool;
  readonly spec: ToolDescription;
}

function toolboxOf(tools: readonly Described[], log: Logger): Toolbox {
  const byName = new Map(tools.map(({ tool }) => [tool.name, tool]));
  if (byName.size !== tools.length) throw new Error("Two tools have the same name.");
  const known = [...byName.keys()].join(", ");
  const toolbox: Toolbox = {
    specs: tools.map(({ spec }) => spec),
    find: (name) => byName.get(name),
    allowing(names) {
      const allowed = names === null ? tools : tools.filter(({ tool }) => names.includes(tool.name));
      return allowed.length === tools.length ? toolbox : toolboxOf(allowed, log);
    },
    async runTool(name, input, context) {
      const tool = byName.get(name);
      if (tool === undefined) return failWith(`There is no tool ${JSON.stringify(name)}. There are: ${known}.`);
      const parsed = tool.input.safeParse(input);
      if (!parsed.success) return failWith(malformed(tool, parsed.error));
      return runGuarded(tool, parsed.data, context, log);
    },
  };
  return toolbox;
}

/** A tool that throws is a bug or a machine that fails: logged here, and told to the model. */
async function runGuarded(tool: Tool, input: unknown, context: ToolContext, log: Logger): Promise<ToolOutcome> {
  try {
    return await tool.run(input, context);
  } catch (error) {
    context.signal.throwIfAborted();
    if (isDiskRefusal(error) || error instanceof StoreUnavailableError) throw error;
    log.error("a tool failed", error, { tool: tool.name, agent: context.agent.id });
    return failWith(`${tool.name} failed: ${messageOf(error)}`);
  }
}

function describe(tool: Tool): ToolDescription {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(tool.input, { io: "input" });
  return { name: tool.name, description: tool.description, inputSchema };
}

/** What was wrong, field by field, and what would be right. */
function malformed(tool: Tool, error: z.ZodError): string {
  const wrong = error.issues.map(
    (issue) => `- ${issue.path.length === 0 ? "input" : issue.path.join(".")}: ${issue.message}`,
  );
  const { properties, required } = describe(tool).inputSchema;
  const right = JSON.stringify({ properties, required });
  return [`The input of ${tool.name} was not right, and nothing was done:`, ...wrong, `It takes: ${right}`].join("\n");
}
