import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { until } from "../support/processes.ts";
import { hostileTexts } from "./hostile.ts";
import { editorLane } from "./lane.ts";
import { Messages } from "./pages/messages.ts";
import { makeRepository, type Project, withBanyan } from "./project.ts";
import * as scripts from "./scripts.ts";
import { seedTalk } from "./seed.ts";
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
  await agents.row("fragile", /^running/).waitFor();
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

/** Texts of different height. */
const bodyOf = (number: number): string =>
  `Message **${number}** of a long talk.${number % 3 === 0 ? `\n\n${"It goes on for a while. ".repeat(1 + (number % 12))}` : ""}${number % 7 === 0 ? "\n\n- one\n- two" : ""}`;

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
