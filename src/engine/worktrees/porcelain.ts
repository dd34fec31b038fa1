import { type SimpleGit, simpleGit } from "simple-git";
import { type Environment, gitEnvironment } from "./environment.ts";

/**
 * simple-git on a checkout of the user's, for reading: no hooks, no fsmonitor, no locks taken in passing. The guards it
 * is told to lift are about the overrides that seal it.
 */
export function porcelain(directory: string, environment: Environment): SimpleGit {
  const env = { ...gitEnvironment(environment, "filters"), GIT_OPTIONAL_LOCKS: "0" };
  return simpleGit({
    baseDir: directory,
    allowEnvironment: Object.keys(env),
    unsafe: {
      allowUnsafeConfigEnvCount: true,
      allowUnsafeEditor: true,
      allowUnsafePager: true,
      allowUnsafeMergeDriver: true,
      allowUnsafeAskPass: true,
      allowUnsafeSshCommand: true,
      allowUnsafeGitProxy: true,
      allowUnsafeCredentialHelper: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeHooksPath: true,
      allowUnsafeDiffExternal: true,
      allowUnsafeProtocolOverride: true,
    },
  }).env(env);
}
