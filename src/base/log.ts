/** One structured line of the log. Never carries a secret: callers pass names and ids, not contents. */
export interface LogFields {
  readonly [name: string]: string | number | boolean | null | undefined;
}

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, error: unknown, fields?: LogFields): void;
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
