import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import { beforeAll, expect, test } from "vitest";
import { until } from "../support/processes.ts";
import { hostileTexts } from "./hostile.ts";
import { editorLane } from "./lane.ts";
import {
  inPage,
  inspect,
  inspectedSchema,
  paste,
  scrolledSchema,
  scrollToStart,
  seriousFaults,
} from "./pages/inPage.ts";
import { Messages } from "./pages/messages.ts";
import { makeRepository, type Project, withBanyan } from "./project.ts";
import * as scripts from "./scripts.ts";
import { bodyOf, seedTalk } from "./seed.ts";
import type { Workbench } from "./workbench.ts";

/** One window in which a person reads and writes messages, and what becomes of those that nobody can read. */
const lane = editorLane({ keep: "file" });

const model = "script/script/messages.yaml";
const LONG = 10_000;

let project: Project;
let window: Workbench;
let messages: Messages;
const requests: string[] = [];

beforeAll(async () => {
  project = await makeRepository(lane, { "README.md": "# Messages\n", "script/messages.yaml": scripts.messages });
  await seed();
  window = await lane.open(project.folder, { ...withBanyan, settings: { "banyan.model": model } });
  window.page.on("request", (request) => void requests.push(request.url()));
  await window.openView("Banyan");
  const agents = window.tree("Agents");
  await agents.row("scribe", /^waiting for message/).waitFor();
  await window.runCommand("Banyan: Spawn Agent");
  await window.quickInput.answer("Talk.", "What should the agent do?");
  await window.quickInput.pick(model, "Which model does it run on?");
  await window.quickInput.answer("2", "US dollars");
  await agents.row("fragile", /^waiting for message · 2 turns/).waitFor();
  const sent = await project.banyan("send", "fragile", "Read the attached file, please.");
  expect(sent.code, sent.stderr).toBe(0);
});

/** A team that a terminal started, with a conversation of 10,000 messages and one of texts that mean harm. */
async function seed(): Promise<void> {
  const terminal = project.startBanyan("spawn", "Remember.", "--name", "archive", "--model", model);
  await until("both wait for messages", async () => {
    const waiting = (await project.tree().catch(() => [])).filter(({ waitingFor }) => waitingFor === "message");
    return waiting.length === 2;
  });
  terminal.child.kill("SIGTERM");
  await terminal.ended;
  const [archive, scribe] = await project.tree();
  if (archive === undefined || scribe === undefined) throw new Error("the team is not there");
  await seedTalk(join(project.folder, ".git"), {
    between: [archive, scribe],
    threads: [
      { subject: "Harm", bodies: hostileTexts },
      { subject: "A long talk", bodies: Array.from({ length: LONG }, (_, index) => bodyOf(index + 1)) },
    ],
  });
}

test("the view opens with the conversations, the newest first", async () => {
  await window.runCommand("Banyan: Open Messages");
  await window.tab("Messages").waitFor();
  messages = new Messages(window);
  await messages.threads.first().waitFor();
  await expect.poll(() => messages.thread("A long talk").innerText()).toContain("10,000 messages");
  await messages.thread("Read the attached file").click();
  await messages.message("Read the attached file").waitFor();
  await window.screenshot("messages-dark");
});

test("a message is seen to be pending and then processed, and its answer comes", async () => {
  await messages.begin();
  await messages.to("archive");
  await messages.send("First things first.");
  await messages.frame.getByText("Sent to archive.").waitFor();
  await messages.message("First things first.").waitFor();
  await messages.send("And **then** the rest.");
  const sent = messages.message("And then the rest.");
  await sent.locator(".state").getByText("Pending").waitFor();
  await sent.locator(".state").getByText("Processed").waitFor();
  await messages.message("I remember.").waitFor();
});

test("a question is answered for the agent that was asked", async () => {
  await messages.choose("Which port should the server use");
  const question = messages.message("Which port should the server use");
  await question.getByRole("button", { name: "Answer" }).click();
  await messages.frame.getByText("Answer to asker").waitFor();
  await messages.text.pressSequentially("Use 8080.");
  await window.screenshot("messages-answer-dark");
  await messages.text.press("Control+Enter");
  await messages.message("Use 8080.").locator(".chip").getByText("Answer").waitFor();
  await question.getByRole("button", { name: "Answer" }).waitFor({ state: "detached" });
});

test("a message that can't be delivered is told of, is shown with its errors, and is sent again", async () => {
  const notice = await window.notifications.waitFor("A message to “fragile” could not be delivered");
  expect(notice).toMatchObject({ severity: "warning", actions: ["Show", "Send Again"] });
  await window.notifications.press("could not be delivered", "Show");
  const dead = messages.message("Read the attached file");
  await dead.locator(".state").getByText("Dead").waitFor();
  expect(await dead.locator(".errors li").allInnerTexts()).toEqual(
    Array.from({ length: 5 }, () => expect.stringMatching(/^\d\d:\d\d:\d\d .*The provider can't read this\.$/)),
  );
  await messages.button("Dead letters").click();
  await expect.poll(() => messages.threads.count()).toBe(1);
  await window.screenshot("messages-dead-dark");
  await messages.button("Clear filters").click();
  await dead.getByRole("button", { name: "Send Again" }).click();
  await messages.message("Read the attached file").locator(".state").getByText("Processed").waitFor();
});

test("a recipient that has ended is said to have, and is opened again where the user wants that", async () => {
  const stopped = await project.banyan("stop", "asker");
  expect(stopped.code, stopped.stderr).toBe(0);
  await messages.begin();
  await messages.to("asker");
  await messages.text.fill("There is more to do.");
  await messages.text.press("Control+Enter");
  const refusal = messages.frame.getByRole("alert");
  await refusal.getByText("asker has ended as terminated").waitFor();
  expect(await messages.text.inputValue()).toBe("There is more to do.");
  await window.screenshot("messages-refused-dark");
  await refusal.getByRole("button", { name: "Reopen and Send" }).click();
  await messages.frame.getByText("Sent to asker.").waitFor();
});

test("a text of 5 MB is refused in one line, and so is one that is longer than the engine takes", async () => {
  await messages.begin();
  await messages.to("scribe");
  await messages.text.fill("As it was");
  await messages.text.evaluate(paste(5e6));
  await messages.frame.getByRole("alert").getByText("5,000,000 characters are too long for a message").waitFor();
  expect(await messages.text.inputValue()).toBe("As it was");
  await messages.text.evaluate(paste(3e5));
  await messages.button("Send").click();
  await messages.frame.getByRole("alert").getByText("The message is too long: 300000 bytes").waitFor();
  await messages.text.fill("");
});

test("what others wrote runs nothing, loads nothing, and hides nothing", async () => {
  requests.length = 0;
  await messages.choose("Harm");
  const seen = inspectedSchema.parse(await messages.conversation.evaluate(inspect));
  expect(seen.found).toEqual([]);
  expect(seen.canaries).toEqual(["undefined", "undefined"]);
  expect(seen.texts).toHaveLength(hostileTexts.length);
  const all = seen.texts.join("\n");
  for (const part of [
    "<script>",
    "onerror=",
    "<iframe srcdoc=",
    "<style>@import",
    "\\u001b[31m",
    "\\u202egpj.exe",
    "\\u{e0041}",
  ]) {
    expect(all).toContain(part);
  }
  await messages.conversation.press("Home");
  await messages.message("<iframe srcdoc").waitFor();
  await window.screenshot("messages-harm-dark");
  const strange = requests.filter(
    (url) => !/^(data|blob):|^https?:\/\/(127\.0\.0\.1|[\w.+-]*\.vscode-cdn\.net)[:/]/.test(url),
  );
  expect(strange).toEqual([]);
});

test("a link asks first, and says where it really leads", async () => {
  const links = messages.conversation.locator("[data-url]");
  await messages.search().fill("good.example");
  await messages.message("https://good.example").waitFor();
  expect(await links.count()).toBe(1);
  await links.first().click();
  expect(await window.dialogText()).toContain("https://xn--80ak6aa92e.com/login?next=https://good.example");
  await window.screenshot("messages-link-dark");
  await window.answerDialog("Copy");
  const copied = () => window.page.evaluate("navigator.clipboard.readText()");
  await expect.poll(copied).toBe("https://xn--80ak6aa92e.com/login?next=https://good.example");
  await messages.search().fill("");
});

test("10,000 messages scroll from the end to the start with few of them drawn", async () => {
  await messages.choose("A long talk");
  await messages.message("Message 10000 of a long talk").waitFor();
  const end = await messages.seen();
  const scrolled = scrolledSchema.parse(await messages.conversation.evaluate(scrollToStart));
  console.info(`from the end to the start: ${JSON.stringify(scrolled)}`);
  expect(scrolled.most).toBeLessThan(100);
  await messages.message(/Message 1 of a long talk/).waitFor();
  expect((await messages.seen()).first).toBe(end.last - LONG + 1);
});

test("what comes does not move what is being read", async () => {
  await messages.button("Newest").click();
  await messages.message("Message 10000 of a long talk").waitFor();
  await messages.to("archive");
  await messages.send("What do you remember?");
  await messages.message("What do you remember?").waitFor();
  await messages.settled();
  await messages.scrollBy(-1500);
  await messages.button("Newest").waitFor();
  const before = await messages.seen();
  await messages.button("1 new message").waitFor();
  const after = await messages.seen();
  expect({ first: after.first, top: after.top }).toEqual({ first: before.first, top: before.top });
  await messages.button("1 new message").click();
  await messages.message("I remember.").waitFor();
});

test("after a reload it is as it was: filters, conversation, place and what was written", async () => {
  await messages.search().fill("long talk");
  await expect.poll(() => messages.threads.count()).toBe(1);
  await messages.button("Show the whole conversation").click();
  await messages.button("Filters").click();
  await messages.choice("Filter by state").selectOption({ label: "Processed" });
  await messages.text.fill("Not sent yet");
  await messages.messages.first().waitFor();
  await messages.scrollBy(-4000);
  await messages.button("Newest").waitFor();
  const before = await messages.settled();
  // The editor in a browser keeps what a page remembers every five seconds, and not when it is left.
  await window.page.waitForTimeout(6_000);
  await window.reload();
  messages = new Messages(window);
  await messages.messages.first().waitFor();
  await expect.poll(async () => (await messages.seen()).first).toBe(before.first);
  expect(await messages.search().inputValue()).toBe("long talk");
  expect(await messages.choice("Filter by state").inputValue()).toBe("processed");
  expect(await messages.text.inputValue()).toBe("Not sent yet");
  await messages.text.fill("");
  await messages.button("Clear filters").click();
});

test("it is used by keyboard alone", async () => {
  await messages.thread("Which port").waitFor();
  const list = messages.frame.getByRole("listbox", { name: "Conversations" });
  await list.focus();
  await list.press("Home");
  const subjects = await messages.threads.locator(".subject").allInnerTexts();
  const steps = subjects.findIndex((subject) => subject.startsWith("Which port"));
  for (let step = 0; step < steps; step++) await list.press("ArrowDown");
  await list.press("Enter");
  await messages.frame.getByRole("heading", { name: "Which port" }).waitFor();
  await messages.message("Use 8080.").waitFor();
  await messages.conversation.focus();
  await messages.conversation.press("ArrowUp");
  const focused = messages.frame.locator("article:focus");
  await focused.getByText("Use 8080.").waitFor();
  await focused.press("ArrowUp");
  await focused.getByText("Which port should").waitFor();
});

test("Send Message… on an agent's row begins a message to it, beside its conversations", async () => {
  await window.openView("Banyan");
  await window.tree("Agents").contextAction(scripts.longName, "Send Message…");
  await expect.poll(() => messages.recipient.inputValue()).toBe(scripts.longName);
  await messages.frame.getByText(`Only ${scripts.longName}`).waitFor();
  await expect.poll(() => messages.threads.count()).toBe(2);
});

test.for(["light", "hc", "dark"] as const)(
  "a screen reader and every eye can use it in the %s theme",
  async (theme) => {
    await window.switchTheme(theme);
    await messages.button("Clear filters").or(messages.button("New Message")).first().click();
    await messages.choose("Stop: the build is red");
    await window.screenshot(`messages-${theme}`);
    const page = messages.frame.locator("html");
    await page.evaluate(inPage(`() => { ${axe.source} }`));
    expect(await page.evaluate(seriousFaults)).toEqual([]);
  },
);

test("no error was reported", () => {
  expect(window.consoleErrors()).toEqual([]);
});

test("a view of 300 pixels shows the list or the conversation", async () => {
  await window.page.setViewportSize({ width: 348, height: 700 });
  await window.runCommand("View: Close Primary Side Bar");
  await messages.button("Back to conversations").click();
  await messages.threads.first().waitFor();
  await window.screenshot("messages-narrow-list-dark");
  await messages.choose("Stop: the build is red");
  await window.screenshot("messages-narrow-dark");
  expect(await messages.threads.count()).toBe(0);
});

test("where there is nothing to show it says why, and what helps", async () => {
  const empty = await makeRepository(lane, { "README.md": "# Empty\n" });
  const other = await lane.open(empty.folder, withBanyan);
  await other.openView("Banyan");
  await other.runCommand("Banyan: Open Messages");
  const view = new Messages(other);
  await view.frame.getByText("No messages yet").waitFor();
  await view.button("Run the Demo").waitFor();
  await other.screenshot("messages-empty-dark");
  const store = join(empty.folder, ".git", "banyan");
  await mkdir(store);
  await writeFile(join(store, "image-00000001.sqlite"), "garbage, longer than the header of a database\n".repeat(40));
  await view.button("Retry").waitFor();
  await other.screenshot("messages-broken-dark");
  await rm(store, { recursive: true });
  await view.button("Retry").click();
  await view.frame.getByText("No messages yet").waitFor();
});
