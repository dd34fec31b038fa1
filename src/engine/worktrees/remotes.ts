/** Where a remote's pages are: nothing of its address that could hold a password. */
interface RemotePage {
  /** With its port, where the address is one of a web server. */
  readonly host: string;
  /** `owner/repository`, without `.git`. */
  readonly path: string;
}

/** `git@host:owner/repository.git`: what is no address with a scheme, and no path. */
const shortForm = /^(?:[^@/:]+@)?([^@/:]{2,}):(?!\/\/)(.+)$/;

/** Undefined for a folder, and for what is no address. */
export function remotePage(address: string): RemotePage | undefined {
  const [, shortHost, shortPath] = shortForm.exec(address) ?? [];
  if (shortHost !== undefined && shortPath !== undefined) return pageOf(shortHost, shortPath);
  if (!/^(?:https?|ssh|git):\/\//.test(address) || !URL.canParse(address)) return undefined;
  const { protocol, host, hostname, pathname } = new URL(address);
  return pageOf(protocol === "https:" ? host : hostname, pathname);
}

function pageOf(host: string, path: string): RemotePage | undefined {
  const plain = path.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  return /^[\w.:-]+$/.test(host) && plain !== "" ? { host, path: plain } : undefined;
}

export interface Comparison {
  /** The branch that the work is to be merged into. */
  readonly base: string;
  readonly head: string;
}

/** The page on which a pull or merge request is opened; undefined where the remote is none that is known for having one. */
export function requestPage(address: string, { base, head }: Comparison): string | undefined {
  const page = remotePage(address);
  if (page === undefined) return undefined;
  const root = `https://${page.host}/${page.path.split("/").map(encodeURIComponent).join("/")}`;
  if (isNamed(page.host, "github")) return `${root}/compare/${branchPart(base)}...${branchPart(head)}?expand=1`;
  if (!isNamed(page.host, "gitlab")) return undefined;
  const query = new URLSearchParams({
    "merge_request[source_branch]": head,
    "merge_request[target_branch]": base,
  });
  return `${root}/-/merge_requests/new?${query}`;
}

/** `github.com`, `github.example.org`: a part of the host's name, not just some of its letters. */
const isNamed = (host: string, name: string): boolean => host.replace(/:\d+$/, "").split(".").includes(name);

const branchPart = (branch: string): string => branch.split("/").map(encodeURIComponent).join("/");

/** The remote to push to unless another one is named: that of the user's branch, `origin`, or the only one. */
export function usualRemote(names: readonly string[], branchs: string | undefined): string | undefined {
  const chosen = [branchs, "origin"].find((each) => each !== undefined && names.includes(each));
  return chosen ?? (names.length === 1 ? names[0] : undefined);
}
