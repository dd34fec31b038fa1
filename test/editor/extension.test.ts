import { expect, test } from "vitest";
import { editorLane } from "./lane.ts";
import { withBanyan } from "./project.ts";

const lane = editorLane();

test("the extension keeps its promises to other extensions", async () => {
  const folder = await lane.temporaryFolder({ "readme.md": "a folder of the lane\n" });
  const results = await lane.runInHost(new URL("extension.host.ts", import.meta.url), { folder, ...withBanyan });
  expect(results.map(({ failure }) => failure)).toEqual(results.map(() => undefined));
});
