import { join } from "node:path";

/** The repository, which is also the development folder of the extension. */
export const repositoryRoot = join(import.meta.dirname, "..", "..");

/** Pictures that tests take; ignored by git. */
export const screenshotFolder = join(repositoryRoot, "test-results", "editor");
