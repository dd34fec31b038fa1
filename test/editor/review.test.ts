import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import { beforeAll, expect, test } from "vitest";
import { editorLane } from "./lane.ts";
import { inPage, seriousFaults } from "./pages/inPage.ts";
import { Review } from "./pages/review.ts";
import { makeRepository, type Project, withBanyan } from "./project.ts";
import * as scripts from "./scripts.ts";
import type { Workbench } from "./workbench.ts";

/** One window in which a person reviews the work of two agents that collide, and merges it. */
const lane = editorLane({ keep: "file" });

const dial = "src/dial.ts";
const page = "docs/minutes.md";

let project: Project;
let window: Workbench;
let review: Review;

beforeAll(async () => {
  project = await makeRepository(lane, {
    "README.md": "# Dial\n",
    [dial]: scripts.dialWith({}),
    "script/review.yaml": scripts.review,
    "script/much.yaml": scripts.much,
  });
  window = await lane.open(project.folder, withBanyan);
  await window.openView("Banyan");
  await spawn("Add minutes.", "minutes");
  await spawn("Add seconds.", "seconds");
  await window
    .tree("Agents")
    .row("seconds", /^completed/)
    .waitFor();
  review = new Review(window);
});

/** A team of one that the terminal starts, to its end. */
async function spawn(task: string, name: string, script = "review", ...more: readonly string[]): Promise<void> {
  const ended = await project.banyan("spawn", task, "--name", name, "--model", `script/script/${script}.yaml`, ...more);
  expect(ended.code, ended.stderr).toBe(0);
}

const onMain = (path: string): Promise<string> => project.git("show", `main:${path}`);

test("a review says whose work it is, what it changed, and whose work it collides with", async () => {
  await window.runCommand("Banyan: Review Agent's Work");
  await window.quickInput.pick("minutes", "Review Agent's Work");
  await window.tab("Review: minutes").waitFor();
  await review.of("minutes");
  await review.frame.getByText("2 files").waitFor();
  expect(await review.files.allInnerTexts()).toEqual([
    expect.stringMatching(/minutes\.md/),
    expect.stringMatching(/dial\.ts/),
  ]);
  await review.banner("Collisions").getByText(`Collides with seconds in ${dial}.`).waitFor();
  expect(await review.banner("Conflicts").count()).toBe(0);
  await review.line(dial, "hour30 = 30 * 60").waitFor();
  await window.screenshot("review-dark");
});

test("what the agent wrote runs nothing and is shown as it is", async () => {
  await review.frame.getByText("<script>says so</script>").waitFor();
  await review.line(page, "<img src=x onerror=alert(1)>").waitFor();
  expect(await review.changes.locator("img, script, iframe, [href], [src], [style*=url]").count()).toBe(0);
});

test("a hunk is rejected, and it is said how much of the file is", async () => {
  const hunk = review.hunk(dial, "hour30 = 30 * 60");
  await hunk.getByRole("button", { name: "Reject this hunk" }).click();
  await expect.poll(() => hunk.getAttribute("class")).toContain("is-rejected");
  await review.files.nth(1).getByText("Partly decided").waitFor({ state: "attached" });
  await window.screenshot("review-rejected-dark");
});

test("a comment is written on a line, and stays after a reload with what was not sent", async () => {
  await review.writeComment(dial, "hour3 = 3 * 60", "Say how many minutes an hour has.");
  await review.comment("how many").getByText("Not sent").waitFor();
  await review.button("Request Changes…").click();
  await review.frame.getByRole("textbox", { name: "Note" }).fill("Nearly there.");
  // The editor in a browser keeps what a page remembers every five seconds, and not when it is left.
  await window.page.waitForTimeout(6_000);
  await window.reload();
  await window.tab("Review: minutes").waitFor();
  review = new Review(window);
  await review.comment("how many").getByText("Not sent").waitFor();
  expect(await review.frame.getByRole("textbox", { name: "Note" }).inputValue()).toBe("Nearly there.");
});

test("changes are requested in one message, and the agent's answer stands under the comment", async () => {
  await review.frame
    .getByText("minutes gets your note, 1 comment and 1 rejected hunk as one message, and goes on.")
    .waitFor();
  await window.screenshot("review-request-dark");
  await review.button("Send to Agent").click();
  await review.frame.getByText("Sent to minutes.").waitFor();
  const comment = review.comment("how many");
  await comment.getByText("An hour has 60 minutes; I say so above it now.").waitFor();
  await review.frame.getByText("Took the second hour back.").waitFor();
  await review.line(dial, "// An hour has 60 minutes.").waitFor();
  expect(await review.line(dial, "hour30").count()).toBe(0);
  await window.screenshot("review-answered-dark");
  await comment.getByRole("button", { name: "Resolve" }).click();
  await comment.getByText("Resolved").waitFor();
});

test("it is decided by keys alone", async () => {
  await review.frame.getByRole("listbox", { name: "Files" }).focus();
  await window.page.keyboard.press("End");
  await window.page.keyboard.press("Enter");
  await review.frame.locator(".file-head:focus").getByText("dial.ts").waitFor();
  await window.page.keyboard.press("n");
  await review.frame.locator(".hunk-head:focus").waitFor();
  await window.page.keyboard.press("a");
  await review.files.nth(1).getByText("Accepted").waitFor({ state: "attached" });
});

test("a merge is told in one line before it is made, and merges what was accepted alone", async () => {
  await review.button("Ways to merge").click();
  await review.frame.getByRole("menuitem", { name: "Squash Accepted Only" }).click();
  await review.frame
    .getByText("1 of 2 files goes into main as one commit without its history; 1 file is left out.")
    .waitFor();
  await window.screenshot("review-merge-dark");
  await review.button("Squash into main").click();
  await review.frame.getByText(/^Merged 1 file into main as [0-9a-f]{10}\.$/).waitFor();
  expect(await onMain(dial)).toContain("// An hour has 60 minutes.");
  await expect(onMain(page)).rejects.toThrow();
  expect(await project.git("log", "-1", "--format=%P", "main")).toMatch(/^[0-9a-f]{40}$/);
});

test("a merge is undone as long as nothing came on top", async () => {
  await review.banner("Last merge").getByRole("button", { name: "Undo Merge" }).click();
  await review.banner("Last merge").waitFor({ state: "detached" });
  expect(await onMain(dial)).not.toContain("// An hour has 60 minutes.");
  expect(await project.git("status", "--porcelain")).toBe("");
});

test("a merge that is refused says why where it was asked for, and nothing changes", async () => {
  await writeFile(join(project.folder, dial), "// The user's own.\n");
  await review.button("Merge…").click();
  await review.button("Squash into main").click();
  await review.frame.getByRole("alert").getByText(dial).waitFor();
  await window.screenshot("review-refused-dark");
  expect(await onMain(dial)).toBe(scripts.dialWith({}).trimEnd());
  await project.git("checkout", "--quiet", "--", dial);
  await review.frame.getByRole("combobox", { name: "What" }).selectOption("all");
  await review.button("Squash into main").click();
  await review.frame.getByText(/^Merged 2 files into main/).waitFor();
});

test("the other agent's work conflicts with that now: the agent resolves it, and it is merged", async () => {
  await window.tree("Agents").inlineAction("seconds", "Review Agent's Work");
  await window.tab("Review: seconds").waitFor();
  await review.of("seconds");
  const conflicts = review.banner("Conflicts");
  await conflicts.getByText(`A merge into main would conflict in 1 file: ${dial}.`).waitFor();
  await window.screenshot("review-conflict-dark");
  await conflicts.getByRole("button", { name: "Let the Agent Resolve" }).click();
  await review.frame.getByText("Both hold now.").waitFor();
  await conflicts.waitFor({ state: "detached" });
  await review.button("Merge…").click();
  await review.button("Merge into main").or(review.button("Squash into main")).click();
  await review.frame.getByText(/^Merged \d files? into main/).waitFor();
  expect(await onMain(dial)).toContain("3 * 60 * 60");
  await window.screenshot("review-merged-dark");
});

test("300 files with 20,000 lines are scrolled through with few of them drawn", async () => {
  await spawn("Write.", "much", "much", "--budget", "1000", "--tokens", "5000000");
  await window.tree("Agents").inlineAction("much", "Review Agent's Work");
  await review.of("much");
  await review.frame.getByText("300 files").waitFor();
  const scrolled = await review.scrollThrough(45_000);
  console.info(`back to the start over loaded lines: ${JSON.stringify(scrolled)}`);
  expect(scrolled.files).toBeGreaterThan(25);
  expect(scrolled.most).toBeLessThan(400);
  await review.files.nth(298).click();
  await review.file("src/much/file98.ts").locator(".line").first().waitFor();
  await window.screenshot("review-much-dark");
});

test.for(["light", "hc", "dark"] as const)(
  "a screen reader and every eye can use it in the %s theme",
  async (theme) => {
    await window.switchTheme(theme);
    await window.tab("Review: minutes").click();
    await review.of("minutes");
    await review.frame.getByRole("main").waitFor();
    await window.screenshot(`review-${theme}`);
    const html = review.frame.locator("html");
    await html.evaluate(inPage(`() => { ${axe.source} }`));
    expect(await html.evaluate(seriousFaults)).toEqual([]);
  },
);

test("no error was reported", () => {
  expect(window.consoleErrors()).toEqual([]);
});

test("a view of 300 pixels shows the changes or the files", async () => {
  await window.tab("Review: much").click();
  await review.of("much");
  await window.page.setViewportSize({ width: 348, height: 700 });
  await window.runCommand("View: Close Primary Side Bar");
  await review.button("Files").click();
  await review.files.first().waitFor();
  await window.screenshot("review-narrow-files-dark");
  await review.files.nth(2).click();
  const chosen = review.file("src/much/file10.ts");
  await chosen.locator(".line").first().waitFor();
  const below = async () => ((await chosen.boundingBox())?.y ?? 0) - ((await review.changes.boundingBox())?.y ?? 0);
  await expect.poll(below).toBeCloseTo(0, 0);
  await window.screenshot("review-narrow-dark");
});
