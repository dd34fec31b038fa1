import { z } from "zod";

/** What runs in a webview's page. Written as text, because these tests are compiled without the browser's types. */

/** A function of an element that the page is given as this text. */
export const inPage = (text: string): ((element: unknown) => unknown) =>
  Object.assign((_element: unknown): unknown => undefined, { toString: () => text });

/**
 * Scrolls a conversation from where it is to its first message, a piece in each frame. Answers how many frames that took,
 * milliseconds of the median frame, of one in twenty and of the longest, and how many messages were drawn at the most.
 */
export const scrollToStart = inPage(`async (feed) => {
  const frames = [];
  let most = 0;
  let still = 0;
  let last = performance.now();
  const begun = last;
  while (still < 40 && last - begun < 60000) {
    const before = feed.scrollTop;
    feed.scrollTop = Math.max(0, before - 3000);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = performance.now();
    frames.push(now - last);
    last = now;
    most = Math.max(most, feed.querySelectorAll("article").length);
    still = feed.scrollTop === 0 ? still + 1 : 0;
  }
  frames.sort((a, b) => a - b);
  const at = (share) => Math.round(frames[Math.min(frames.length - 1, Math.floor(frames.length * share))]);
  return { frames: frames.length, seconds: Math.round((last - begun) / 1000), median: at(0.5), slow: at(0.95), longest: at(1), most };
}`);

/** Goes through a conversation from its start to its end. Answers its text and what of it could run or load something. */
export const inspect = inPage(`async (feed) => {
  const forbidden = "img, picture, iframe, frame, script, svg, math, style, link, meta, base, form, input, button:not([type]), " +
    "video, audio, object, embed, template, [href], [src], [srcset], [background], [formaction], [action]";
  const found = new Set();
  const texts = new Map();
  for (let still = 0; still < 10; still = feed.scrollTop === 0 ? still + 1 : 0) {
    feed.scrollTop = 0;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  for (let step = 0; step < 400; step++) {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    for (const each of feed.querySelectorAll(forbidden)) found.add(each.outerHTML.slice(0, 200));
    for (const each of feed.querySelectorAll(".body *"))
      for (const { name } of each.attributes) if (/^on|^style$/.test(name)) found.add(name);
    for (const each of feed.querySelectorAll("article")) texts.set(each.dataset.seq, each.querySelector(".body").textContent);
    if (feed.scrollTop + feed.clientHeight >= feed.scrollHeight - 2) break;
    feed.scrollTop += feed.clientHeight / 2;
  }
  return { found: [...found], texts: [...texts.values()], canaries: [typeof canary, typeof parent.canary] };
}`);

/** Of a page into which axe was put: its serious faults, in one line each. */
export const seriousFaults = inPage(`async () => {
  const { violations } = await axe.run(document, { iframes: false });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ": " + html.slice(0, 200) + " " + failureSummary));
}`);

/** Puts a long text into a text area, as pasting it does. */
export const paste = (characters: number) =>
  inPage(`(area) => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, "long ".repeat(${characters / 5}));
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }`);

/** Which messages of a conversation are seen, how far the first one is from the top, and how many are drawn. */
export const seenMessages = inPage(`(feed) => {
  const view = feed.getBoundingClientRect();
  const articles = [...feed.querySelectorAll("article")];
  const seen = articles.filter((each) => {
    const box = each.getBoundingClientRect();
    return box.bottom > view.top + 1 && box.top < view.bottom - 1;
  });
  const numberOf = (each) => Number(each?.dataset.seq ?? 0);
  return {
    first: numberOf(seen[0]),
    last: numberOf(seen.at(-1)),
    top: Math.round((seen[0]?.getBoundingClientRect().top ?? 0) - view.top),
    drawn: articles.length,
  };
}`);

/**
 * Goes through the changes of a review as far as so many pixels, waiting for the lines of what is seen, and then scrolls back
 * to their start, a piece in each frame. Answers how many frames that took, milliseconds of the median frame, of one in twenty
 * and of the longest, how many lines were drawn at the same time at the most, and of how many files there were lines.
 */
export const scrollThrough = (pixels: number) =>
  inPage(`async (changes) => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const isLoading = () => {
    const view = changes.getBoundingClientRect();
    return [...changes.querySelectorAll(".loading")].some((each) => {
      const box = each.getBoundingClientRect();
      return box.bottom > view.top && box.top < view.bottom;
    });
  };
  const files = new Set();
  let most = 0;
  const look = () => {
    const lines = changes.querySelectorAll(".line");
    most = Math.max(most, lines.length);
    for (const line of lines) files.add(line.closest("[data-file]").dataset.file);
  };
  changes.scrollTop = 0;
  for (let before = -1; changes.scrollTop < ${pixels} && changes.scrollTop !== before; ) {
    before = changes.scrollTop;
    changes.scrollTop = before + 600;
    await frame();
    while (isLoading()) await frame();
    look();
  }
  const frames = [];
  let last = performance.now();
  while (changes.scrollTop > 0) {
    changes.scrollTop = Math.max(0, changes.scrollTop - 500);
    await frame();
    const now = performance.now();
    frames.push(now - last);
    last = now;
    look();
  }
  frames.sort((a, b) => a - b);
  const at = (share) => Math.round(frames[Math.min(frames.length - 1, Math.floor(frames.length * share))]);
  return { frames: frames.length, median: at(0.5), slow: at(0.95), longest: at(1), most, files: files.size };
}`);

/** What `inspect` answers. */
export const inspectedSchema = z.object({
  found: z.array(z.string()),
  texts: z.array(z.string()),
  canaries: z.array(z.string()),
});

/** What `scrollToStart` answers. */
export const scrolledSchema = z.object({
  frames: z.number(),
  seconds: z.number(),
  median: z.number(),
  slow: z.number(),
  longest: z.number(),
  most: z.number(),
});
