import type { LogOutputChannel } from "vscode";
import type { LogFields, Logger } from "../base/log.ts";

/**
 * The *Banyan* output channel as the engine's logger: one line an entry, fields as `name=value`, stacks only here. A
 * channel that the editor closed already, while the engine still stops, is no reason to fail.
 */
export function createChannelLogger(channel: Pick<LogOutputChannel, "debug" | "info" | "warn" | "error">): Logger {
  const write = (level: "debug" | "info" | "warn" | "error", line: string) => {
    try {
      channel[level](line);
    } catch {
      // There is nowhere left to say it.
    }
  };
  return {
    debug: (message, fields) => write("debug", message + tail(fields)),
    info: (message, fields) => write("info", message + tail(fields)),
    warn: (message, fields) => write("warn", message + tail(fields)),
    error: (message, error, fields) => write("error", `${message}${tail(fields)}: ${detail(error)}`),
  };
}

function tail(fields: LogFields | undefined): string {
  const known = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined);
  return known.map(([name, value]) => ` ${name}=${JSON.stringify(value)}`).join("");
}

const detail = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
