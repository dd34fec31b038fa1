import { expect, test } from "vitest";
import { outsideLink } from "../../../src/base/links.ts";

test.each([
  ["https://example.org/a?b=c#d", "https://example.org/a?b=c#d"],
  ["HTTP://EXAMPLE.ORG", "http://example.org/"],
  ["mailto:una@example.org", "mailto:una@example.org"],
  ["https://аррӏе.com/login", "https://xn--80ak6aa92e.com/login"],
  ["https://good.example\u202e@evil.example/", "https://good.example%E2%80%AE@evil.example/"],
])("%s leads outside as %s", (text, href) => {
  expect(outsideLink(text)).toBe(href);
});

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "java\nscript:alert(1)",
  "command:workbench.action.quit",
  "vscode://banyan.banyan/run",
  "file:///etc/passwd",
  "data:text/html,x",
  "blob:https://example.org/1",
  "../README.md",
  "//example.org",
  "",
])("%j leads nowhere", (text) => {
  expect(outsideLink(text)).toBeUndefined();
});
