const LINE_FEED = 10;

/** Bytes kept of one line; a minified file has no others. */
const MAX_LINE_BYTES = 8_000;

/** Reads text as it comes and keeps some lines of it. */
export class LineWindow {
  readonly lines: { readonly text: string; readonly length: number }[] = [];
  /** Whether there is text behind the window. */
  more = false;
  #pass: number;
  readonly #limit: number;
  #parts: Buffer[] = [];
  #kept = 0;
  #length = 0;

  /** `offset`: the first line to keep, from 1. */
  constructor(offset: number, limit: number) {
    this.#pass = offset - 1;
    this.#limit = limit;
  }

  /** False once it has seen that there is more than the window. */
  read(chunk: Buffer): boolean {
    for (let start = 0; start < chunk.length && !this.more; ) {
      const end = chunk.indexOf(LINE_FEED, start);
      this.#take(chunk.subarray(start, end === -1 ? chunk.length : end));
      if (end === -1) break;
      this.#endLine();
      start = end + 1;
    }
    return !this.more;
  }

  /** A last line may have no line break. */
  end(): void {
    if (this.#length > 0) this.#endLine();
  }

  #take(part: Buffer): void {
    this.#length += part.length;
    if (this.#pass > 0 || this.#kept >= MAX_LINE_BYTES) return;
    const kept = part.subarray(0, MAX_LINE_BYTES - this.#kept);
    // A copy: the chunk would be kept whole for a few bytes of it.
    this.#parts.push(Buffer.from(kept));
    this.#kept += kept.length;
  }

  #endLine(): void {
    if (this.#pass > 0) this.#pass--;
    else if (this.lines.length === this.#limit) this.more = true;
    else this.lines.push({ text: Buffer.concat(this.#parts).toString().replace(/\r$/, ""), length: this.#length });
    this.#parts = [];
    this.#kept = 0;
    this.#length = 0;
  }
}
