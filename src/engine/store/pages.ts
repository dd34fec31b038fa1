/** Bytes that can be read at any place, at once. */
export interface PageSource {
  /** Bytes. */
  readonly size: number;
  /** Fills `into` with what lies from `offset` on, in this very call; throws where there is less. */
  readNow(into: Uint8Array, offset: number): void;
}

const PAGE = 4096;
/** Pages that are set aside at a time. */
const SLAB = 64;
const CHUNK = 1024 * 1024;

/**
 * A database's file as SQLite sees it: what lies in the image stays there and is read when it is asked for; what was
 * changed since is in memory. It stands in for the byte array in which sql.js keeps a file, of which that uses no more
 * than `length`, `subarray`, `set` and `slice`.
 */
export class PagedFile {
  /** As large as it may have to become: sql.js never has to move it to a larger array. */
  readonly length = Number.MAX_SAFE_INTEGER;
  readonly #source: PageSource;
  readonly #changed = new Map<number, Uint8Array>();
  readonly #unchanged = new Uint8Array(PAGE);
  #slab = new Uint8Array(0);
  #failure: Error | undefined;

  constructor(source: PageSource) {
    this.#source = source;
  }

  /**
   * Why the image could not be read; undefined where it always could. SQLite is not told, since sql.js has no way to: it
   * was given zeros, and whatever it says from then on is worth nothing.
   */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** What sql.js is given to begin with: it asks for a copy of all of it, and keeps what it gets. */
  get initial(): ArrayLike<number> {
    const initial = { length: this.#source.size, subarray: () => initial, slice: () => this };
    return initial;
  }

  /** The bytes from `start` to `end`. Good until the next call. */
  subarray(start: number, end: number): Uint8Array {
    const first = Math.floor(start / PAGE);
    const from = start - first * PAGE;
    if (from + end - start <= PAGE) return this.#page(first).subarray(from, from + end - start);
    const bytes = new Uint8Array(end - start);
    for (let at = start; at < end; ) {
      const page = Math.floor(at / PAGE);
      const part = this.#page(page).subarray(at - page * PAGE, Math.min(PAGE, end - page * PAGE));
      bytes.set(part, at - start);
      at += part.length;
    }
    return bytes;
  }

  set(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      const number = Math.floor((position + done) / PAGE);
      const from = position + done - number * PAGE;
      const part = bytes.subarray(done, done + PAGE - from);
      this.#toChange(number, part.length < PAGE).set(part, from);
      done += part.length;
    }
  }

  /** The first `size` bytes, in pieces; each is good until the next is asked for. */
  *chunks(size: number): Generator<Uint8Array> {
    const chunk = new Uint8Array(CHUNK);
    for (let start = 0; start < size; start += CHUNK) {
      const part = chunk.subarray(0, Math.min(CHUNK, size - start));
      const kept = Math.max(0, Math.min(part.length, this.#source.size - start));
      if (kept > 0) this.#source.readNow(part.subarray(0, kept), start);
      for (let at = 0; at < part.length; at += PAGE) {
        const changed = this.#changed.get((start + at) / PAGE);
        if (changed !== undefined) part.set(changed.subarray(0, part.length - at), at);
      }
      yield part;
    }
  }

  #page(number: number): Uint8Array {
    const changed = this.#changed.get(number);
    if (changed !== undefined) return changed;
    this.#read(this.#unchanged, number);
    return this.#unchanged;
  }

  #toChange(number: number, keepRest: boolean): Uint8Array {
    const known = this.#changed.get(number);
    if (known !== undefined) return known;
    if (this.#slab.length === 0) this.#slab = new Uint8Array(PAGE * SLAB);
    const page = this.#slab.subarray(0, PAGE);
    this.#slab = this.#slab.subarray(PAGE);
    if (keepRest) this.#read(page, number);
    this.#changed.set(number, page);
    return page;
  }

  /** Behind the image's end there are zeros. */
  #read(into: Uint8Array, number: number): void {
    const kept = Math.max(0, Math.min(PAGE, this.#source.size - number * PAGE));
    if (kept < PAGE) into.fill(0, kept);
    if (kept === 0) return;
    try {
      this.#source.readNow(into.subarray(0, kept), number * PAGE);
    } catch (error) {
      into.fill(0);
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }
}
