import { messageOf } from "../base/errors.ts";
import type { LogFields, Logger } from "../base/log.ts";

const fieldsText = (fields: LogFields | undefined): string =>
  Object.entries(fields ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${typeof value === "string" ? JSON.stringify(value) : String(value)}`)
    .join("");

/** A log for a person: one line each, warnings and errors only unless `verbose`. */
export function createLogger(write: (text: string) => void, verbose: boolean): Logger {
  const log = (level: string, message: string, fields: LogFields | undefined) =>
    write(`${level}: ${message}${fieldsText(fields)}`);
  return {
    debug: (message, fields) => verbose && log("debug", message, fields),
    info: (message, fields) => verbose && log("info", message, fields),
    warn: (message, fields) => log("warning", message, fields),
    error: (message, error, fields) => log("error", `${message}: ${messageOf(error)}`, fields),
  };
}
