import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeSpan, cut, escapeMarkdown, noticeText, oneLine, paragraphs, quote } from "../../../src/vscode/escape.ts";

describe("escapeMarkdown", () => {
  test.each([
    ["[run](command:workbench.action.quit)", String.raw`\[run\]\(command\:workbench\.action\.quit\)`],
    ["![x](https://example.com/i.png)", String.raw`\!\[x\]\(https\://example\.com/i\.png\)`],
    ["<img src=x onerror=y>", String.raw`&lt;img src\=x onerror\=y&gt;`],
    ["a & b &lt;", "a &amp; b &amp;lt;"],
    ["$(error) $x$", String.raw`\$\(error\) \$x\$`],
    ["# head\n- item", String.raw`\# head \- item`],
    ["| a | b |", String.raw`\| a \| b \|`],
    ["\\[x]", String.raw`\\\[x\]`],
  ])("shows %j as it is", (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });

  test("leaves no bare character that Markdown or HTML gives a meaning to, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const bare = escapeMarkdown(text)
          .replace(/\\[\\`*_{}[\]()#+\-.!|~$=:^@]/g, "")
          .replace(/&(amp|lt|gt);/g, "");
        expect(bare).not.toMatch(/[\\`*_{}[\]()#<>&|~$!\n\r]/);
      }),
    );
  });
});

describe("quote", () => {
  test("begins every line with a mark, so that nothing leaves the quotation", () => {
    const quoted = quote("one\n\n# two\r\n```\n    three", 1000);
    expect(quoted.split("\n").every((line) => line.startsWith(">"))).toBe(true);
    expect(quoted).toContain("&nbsp;&nbsp;&nbsp;&nbsp;three");
    expect(quoted).toContain(String.raw`\# two`);
  });
});

describe("codeSpan", () => {
  test.each([
    ["plain", "`plain`"],
    ["a`b", "``a`b``"],
    ["`a`", "`` `a` ``"],
    ["``", "``` `` ```"],
    ["two\nlines", "`two lines`"],
    ["", ""],
  ])("holds %j", (text, span) => {
    expect(codeSpan(text)).toBe(span);
  });
});

describe("one line", () => {
  test("drops what hides or turns text around", () => {
    expect(oneLine("a\u202Eb\u0000 \n\t c\u2066", 10)).toBe("a b c");
  });

  test("is cut with an ellipsis, never through a pair of surrogates", () => {
    expect(cut("abcdef", 4)).toBe("abc…");
    expect(cut("ab😀def", 4)).toBe("ab…");
  });
});

describe("noticeText", () => {
  test("makes no link of model-made text: the editor would run its command", () => {
    expect(noticeText("see [this](command:workbench.action.quit)")).toBe("see [this] (command:workbench.action.quit)");
  });
});

describe("paragraphs", () => {
  test("keep lines, blank lines and indents, and start nothing that Markdown knows", () => {
    const shown = paragraphs("one\n\n# two\r\n> three\n    four", 1000);
    expect(shown).toBe("one  \n\n\\# two  \n&gt; three  \n&nbsp;&nbsp;&nbsp;&nbsp;four  ");
  });
});
