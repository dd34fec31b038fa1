import { expect, test } from "vitest";
import { calls, report, startEngine, write } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";

test("each turn that wrote is kept in a snapshot, one that only read is not", async () => {
  const repository = await createRepository({ files: { "a.txt": "a\n" } });
  const { run } = await startEngine(repository);
  const lead = await run([
    {
      turns: [
        calls(["write_file", { path: "a.txt", content: "one\n" }], ["write_file", { path: "b.txt", content: "b\n" }]),
        calls(["read_file", { path: "b.txt" }]),
        calls(["write_file", { path: "a.txt", content: "two\n" }], ["read_file", { path: "a.txt" }]),
        report("Done."),
      ],
    },
  ]);
  const ref = `refs/banyan/snapshots/${lead.id}`;
  const chain = (await repository.git("log", "--first-parent", "--format=%H", "--grep=^Snapshot of", ref)).split("\n");
  const contents = chain.map((commit) => repository.git("show", `${commit}:a.txt`));
  expect(await Promise.all(contents)).toEqual(["two", "two", "one"]);
  expect(await repository.git("show", `${chain.at(-1)}:b.txt`)).toBe("b");
  // The last is of the branch as the agent left it, the others of the commit that it started from.
  expect(await repository.git("rev-parse", `${ref}^2`)).toBe(
    await repository.git("rev-parse", `banyan/${lead.name}-${lead.id}`),
  );
  expect(await repository.git("rev-parse", `${chain[1]}^2`)).toBe(await repository.git("rev-parse", "main"));
});

test("an agent whose files can't be kept goes on, and that is logged once", async () => {
  const repository = await createRepository();
  const { run, logged } = await startEngine(repository);
  await repository.write(".git/refs/banyan/snapshots", "in the way\n");
  const lead = await run([{ turns: [write("a.txt", "1\n"), write("a.txt", "2\n"), report("Done.")] }]);
  expect(await repository.git("show", `banyan/${lead.name}-${lead.id}:a.txt`)).toBe("2");
  expect(logged.filter((line) => line.includes("could not be kept in a snapshot"))).toHaveLength(1);
});
