import { describe, expect, test } from "vitest";
import { remotePage, requestPage } from "../../../../src/engine/worktrees/remotes.ts";

const branches = { base: "main", head: "banyan/lead-a000000000" };

describe("a remote's page", () => {
  test.for([
    ["git@github.com:una/sundial.git", "github.com", "una/sundial"],
    ["github.com:una/sundial", "github.com", "una/sundial"],
    ["ssh://git@github.com:22/una/sundial.git", "github.com", "una/sundial"],
    ["https://una:secret@github.com/una/sundial.git/", "github.com", "una/sundial"],
    ["https://git.example.org:8443/a/b/c", "git.example.org:8443", "a/b/c"],
  ] as const)("of %s", ([address, host, path]) => {
    expect(remotePage(address)).toEqual({ host, path });
  });

  test.for(["/srv/git/sundial.git", "../sundial", "file:///srv/git/sundial", "C:\\git\\sundial", "", "ext::sh -c x"])(
    "is not known of %s",
    (address) => {
      expect(requestPage(address, branches)).toBeUndefined();
    },
  );
});

describe("the page to open a request on", () => {
  test("compares the branches at GitHub", () => {
    expect(requestPage("git@github.com:una/sundial.git", branches)).toBe(
      "https://github.com/una/sundial/compare/main...banyan/lead-a000000000?expand=1",
    );
  });

  test("is a new merge request at GitLab", () => {
    const page = requestPage("https://gitlab.example.org/a/b/c.git", { base: "ä", head: "x&y" });
    expect(page).toBe(
      "https://gitlab.example.org/a/b/c/-/merge_requests/new?merge_request%5Bsource_branch%5D=x%26y&merge_request%5Btarget_branch%5D=%C3%A4",
    );
  });

  test("is not guessed for other hosts", () => {
    expect(requestPage("https://notgithub.com/a/b", branches)).toBeUndefined();
    expect(requestPage("https://example.org/a/b", branches)).toBeUndefined();
  });
});
