import type { DiffSide } from "../protocol/words.ts";
import { gitScheme } from "./contributions.ts";

/** A file as of a commit. */
export interface FileVersion {
  readonly commit: string;
  readonly path: string;
  /** Whose review it is shown in; absent where nothing is to be said about it. */
  readonly review?: ReviewPlace;
}

/** Where in a review a file's version stands. */
export interface ReviewPlace {
  readonly agentId: string;
  readonly side: DiffSide;
  /** The file as the review names it: by its new name where it was renamed. */
  readonly file: string;
}

/** The parts of an address that tell a version. */
export interface AddressParts {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  readonly query: string;
}

/** Its path is the file's, so that the editor knows its language. */
export const addressOf = ({ commit, path, review }: FileVersion): AddressParts => ({
  scheme: gitScheme,
  authority: review?.agentId ?? "",
  path: `/${path}`,
  query: review === undefined ? commit : [commit, review.side, encodeURIComponent(review.file)].join("&"),
});

/** Undefined for an address that is none of these. */
export function versionAt({ scheme, authority, path, query }: AddressParts): FileVersion | undefined {
  if (scheme !== gitScheme) return undefined;
  const [commit = "", side, file] = query.split("&");
  const version = { commit, path: path.slice(1) };
  if (authority === "" || file === undefined || (side !== "base" && side !== "work")) return version;
  return { ...version, review: { agentId: authority, side, file: decodeURIComponent(file) } };
}
