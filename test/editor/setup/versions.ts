/** What the lane runs on. A new version gets a folder of its own in the cache; the old one can be deleted at any time. */

/** The package whose `lib/vscode` is the server and the web workbench of VS Code. */
export const editorPackage = { name: "code-server", version: "4.139.1" } as const;

/** The browser to fall back on where none is installed: a headless Chromium for Linux on x64. */
export const browserPackage = { name: "@sparticuz/chromium", version: "153.0.0" } as const;

/** The oldest Node that runs TypeScript files without a flag, which the guardian of the server's process is. */
export const oldestNode = [22, 18] as const;
