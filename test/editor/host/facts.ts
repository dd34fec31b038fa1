/** A test that runs inside the extension host, where the module `vscode` is. It fails by throwing. */
export interface Fact {
  readonly name: string;
  readonly run: () => void | Promise<void>;
  /** Milliseconds; 30,000 unless said. */
  readonly timeoutMs?: number;
}

export interface FactResult {
  readonly name: string;
  readonly durationMs: number;
  /** Stack of what was thrown; absent when the fact holds. */
  readonly failure?: string;
}

/** Written anew before and after each fact, so that a host that dies tells where it was. */
export interface HostReport {
  readonly running?: string;
  readonly done: boolean;
  readonly results: readonly FactResult[];
}
