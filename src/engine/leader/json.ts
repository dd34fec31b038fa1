/** Undefined for what is no JSON: it came from a file or a socket that anybody may have written to. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
