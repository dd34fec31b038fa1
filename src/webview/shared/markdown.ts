import DOMPurify from "dompurify";
import { Marked, type RendererObject } from "marked";
import { outsideLink } from "../../base/links.ts";
import { unseenCharacters } from "../../base/text.ts";
import { codeOf } from "./visible.ts";

/**
 * What others wrote, as a piece of the page in which nothing runs and nothing is loaded. HTML is shown as it is written, a
 * picture as its name and address. A link has no `href`: its address stands in `data-url`, and the extension is asked.
 * Characters that nobody sees are shown by their number.
 */
export function renderMarkdown(text: string): DocumentFragment {
  const fragment = DOMPurify.sanitize(marked.parse(text, { async: false }), {
    ALLOWED_TAGS: [...allowedTags],
    ALLOWED_ATTR: ["data-url", "role", "tabindex", "start"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  markUnseen(fragment);
  return fragment;
}

const allowedTags = [
  ..."p br hr h4 h5 h6 ul ol li blockquote pre code em strong del a div".split(" "),
  ..."table thead tbody tr th td".split(" "),
];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

/** A conversation's own headings go down to the third level. */
const headingOf = (depth: number): string => `h${Math.min(6, depth + 3)}`;

const renderer: RendererObject = {
  html: ({ text }) => escaped(text),
  code: ({ text }) => `<pre tabindex="0"><code>${escaped(text)}</code></pre>`,
  codespan: ({ text }) => `<code>${escaped(text)}</code>`,
  heading({ tokens, depth }) {
    const tag = headingOf(depth);
    return `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`;
  },
  checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  image: ({ href, text }) => `${escaped(text)} (image: ${escaped(href)})`,
  link({ href, tokens, text }) {
    const shown = this.parser.parseInline(tokens);
    const url = outsideLink(href);
    if (url !== undefined) return `<a data-url="${escaped(url)}" role="link" tabindex="0">${shown}</a>`;
    return text === href ? shown : `${shown} (${escaped(href)})`;
  },
  table({ header, rows }) {
    const cells = (row: typeof header, tag: string) =>
      `<tr>${row.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join("")}</tr>`;
    const body = rows.map((row) => cells(row, "td")).join("");
    return `<div tabindex="0"><table><thead>${cells(header, "th")}</thead><tbody>${body}</tbody></table></div>`;
  },
};

const marked = new Marked({ gfm: true, breaks: true, renderer });

/** Puts a marked number in the place of each unseen character. */
function markUnseen(fragment: DocumentFragment): void {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) if (walker.currentNode instanceof Text) texts.push(walker.currentNode);
  for (const text of texts) if (text.data.search(unseenCharacters) !== -1) text.replaceWith(...piecesOf(text.data));
}

function piecesOf(text: string): readonly (string | Node)[] {
  const pieces: (string | Node)[] = [];
  let end = 0;
  for (const { 0: character, index } of text.matchAll(unseenCharacters)) {
    const mark = document.createElement("span");
    mark.className = "unseen";
    mark.textContent = codeOf(character);
    pieces.push(text.slice(end, index), mark);
    end = index + character.length;
  }
  return [...pieces, text.slice(end)];
}
