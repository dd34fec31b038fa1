/** The addresses that a page is made of, as the webview knows them. */
export interface PageParts {
  readonly title: string;
  readonly script: string;
  readonly styles: readonly string[];
  /** What the webview calls its own source. */
  readonly source: string;
  /** Changes with every page. */
  readonly nonce: string;
}

/**
 * A page that runs one script and loads nothing but its styles and their font: no pictures, no frames, no connections,
 * no styles or scripts from inside the text that it shows.
 */
export function viewPage({ title, script, styles, source, nonce }: PageParts): string {
  const policy = `default-src 'none'; img-src 'none'; script-src 'nonce-${nonce}'; style-src ${source}; font-src ${source}; base-uri 'none'; form-action 'none'`;
  const links = styles.map((style) => `<link rel="stylesheet" href="${style}">`).join("\n    ");
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    ${links}
    <title>${title}</title>
  </head>
  <body>
    <div id="root"></div>
    <script nonce="${nonce}" src="${script}"></script>
  </body>
</html>`;
}
