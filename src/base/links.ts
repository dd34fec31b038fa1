const OUTSIDE: readonly string[] = ["http:", "https:", "mailto:"];

/**
 * A link that leads outside and runs nothing here, as it is asked for: host names in their ASCII form, everything unseen
 * escaped. Undefined for every other link: `javascript:`, `command:`, `file:`, a path.
 */
export function outsideLink(text: string): string | undefined {
  const url = URL.parse(text.trim());
  return url !== null && OUTSIDE.includes(url.protocol) ? url.href : undefined;
}
