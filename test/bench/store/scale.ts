import { execFile } from "node:child_process";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { realDisk } from "../../../src/engine/store/disk.ts";
import { imageName, listFiles, writeImage } from "../../../src/engine/store/files.ts";
import type { BenchResult } from "../report.ts";
import { fill, tenThousandAgents } from "./bigStore.ts";
import { openAsLeader, openedSchema } from "./opening.ts";

const CHECKSUM_LENGTH = 32;

/** A store of 10,000 agents with all that they left, and what it takes to open it. */
export async function scale(folder: string): Promise<readonly BenchResult[]> {
  await (await openAsLeader(folder)).close();
  const empty = await openIn(folder, "lead");
  const bytes = await seed(folder);
  const leader = await openIn(folder, "lead");
  const reader = await openIn(folder, "read");
  const most = (figure: "opened" | "peak" | "settled" | "tree") => Math.max(leader[figure], reader[figure]);
  return [
    { id: "image_10000_agents", value: bytes / 1e6, unit: "MB", better: "lower" },
    { id: "open_10000_agents", value: most("opened"), unit: "ms", goal: 2000, better: "lower" },
    { id: "memory_10000_agents", value: most("peak") / 1e6, unit: "MB", goal: 200, better: "lower" },
    { id: "memory_10000_agents_settled", value: most("settled") / 1e6, unit: "MB", better: "lower" },
    {
      id: "memory_per_10_mb",
      value: ((leader.settled - empty.settled) / bytes) * 10,
      unit: "MB",
      better: "lower",
    },
    { id: "tree_10000_agents", value: most("tree"), unit: "ms", goal: 1000, better: "lower" },
  ];
}

/** Answers the bytes of the image. The rows are written by node:sqlite, into the image of a store that was migrated. */
async function seed(folder: string): Promise<number> {
  const { images } = await listFiles(realDisk, folder);
  const number = images.at(-1) ?? 0;
  const file = join(folder, "seed.sqlite");
  await writeFile(file, await readFile(join(folder, imageName(number))));
  await truncate(file, (await realDisk.size(file)) - CHECKSUM_LENGTH);
  const database = new DatabaseSync(file);
  fill(database, tenThousandAgents);
  database.close();
  const content = await realDisk.openRead(file);
  if (content === undefined) throw new Error("nothing was seeded");
  await writeImage(realDisk, folder, number, piecesOf(content));
  content.close();
  await realDisk.remove(file);
  return content.size;
}

function* piecesOf(file: { readonly size: number; readNow(into: Uint8Array, offset: number): void }) {
  const piece = new Uint8Array(1024 * 1024);
  for (let at = 0; at < file.size; at += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, file.size - at));
    file.readNow(part, at);
    yield part;
  }
}

async function openIn(folder: string, access: "lead" | "read") {
  const script = resolve("test/bench/store/openBigStore.ts");
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", script, folder, access]);
  return openedSchema.parse(JSON.parse(stdout));
}
