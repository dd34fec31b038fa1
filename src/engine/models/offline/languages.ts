/** A language of the survey; those of one family define things in the same words. */
export interface Language {
  readonly name: string;
  readonly family: string | null;
}

const language = (name: string, family: string | null = null): Language => ({ name, family });

const typescript = language("TypeScript", "script");
const javascript = language("JavaScript", "script");
const python = language("Python", "python");
const c = language("C", "c");
const cpp = language("C++", "c");
const kotlin = language("Kotlin", "managed");
const ruby = language("Ruby", "ruby");
const perl = language("Perl", "perl");
const shell = language("Shell", "shell");
const markdown = language("Markdown", "markdown");
const yaml = language("YAML");
const html = language("HTML");
const text = language("Text");

/** Languages by the last extension of a name, in lower case. */
const byExtension: Readonly<Record<string, Language>> = {
  ts: typescript,
  tsx: typescript,
  mts: typescript,
  cts: typescript,
  js: javascript,
  jsx: javascript,
  mjs: javascript,
  cjs: javascript,
  py: python,
  pyi: python,
  go: language("Go", "go"),
  rs: language("Rust", "rust"),
  c,
  h: c,
  cc: cpp,
  cpp,
  cxx: cpp,
  hh: cpp,
  hpp: cpp,
  hxx: cpp,
  java: language("Java", "managed"),
  kt: kotlin,
  kts: kotlin,
  cs: language("C#", "managed"),
  swift: language("Swift", "managed"),
  rb: ruby,
  rake: ruby,
  php: language("PHP", "php"),
  pl: perl,
  pm: perl,
  t: perl,
  sh: shell,
  bash: shell,
  zsh: shell,
  lua: language("Lua", "lua"),
  md: markdown,
  markdown,
  mdx: markdown,
  sql: language("SQL", "sql"),
  css: language("CSS"),
  scss: language("SCSS"),
  less: language("Less"),
  html,
  htm: html,
  vue: language("Vue"),
  svelte: language("Svelte"),
  json: language("JSON"),
  jsonc: language("JSON"),
  yaml,
  yml: yaml,
  toml: language("TOML"),
  xml: language("XML"),
  ini: language("INI"),
  txt: text,
  rst: language("reStructuredText"),
  adoc: language("AsciiDoc"),
  tex: language("TeX"),
  proto: language("Protobuf"),
  graphql: language("GraphQL"),
  tf: language("Terraform"),
  scala: language("Scala"),
  ex: language("Elixir"),
  exs: language("Elixir"),
  erl: language("Erlang"),
  hs: language("Haskell"),
  ml: language("OCaml"),
  clj: language("Clojure"),
  dart: language("Dart"),
  r: language("R"),
  jl: language("Julia"),
  zig: language("Zig"),
  m: language("Objective-C"),
  asm: language("Assembly"),
  s: language("Assembly"),
  bat: language("Batch"),
  ps1: language("PowerShell"),
  csv: language("CSV"),
  svg: language("SVG"),
};

const byName: Readonly<Record<string, Language>> = {
  dockerfile: language("Dockerfile"),
  makefile: language("Makefile"),
  "cmakelists.txt": language("CMake"),
  rakefile: ruby,
  gemfile: ruby,
  readme: text,
  license: text,
};

const otherLanguage: Language = language("Other");

const own = (table: Readonly<Record<string, Language>>, key: string): Language | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

export const fileNameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** The language of a file, by its name alone; `Other` where the name tells nothing. */
export function languageOf(path: string): Language {
  const name = fileNameOf(path).toLowerCase();
  const dot = name.lastIndexOf(".");
  return own(byName, name) ?? (dot > 0 ? own(byExtension, name.slice(dot + 1)) : undefined) ?? otherLanguage;
}

/** Whether its name says that a file holds text. */
export const isKnownText = (path: string): boolean => languageOf(path) !== otherLanguage;

/** How many files there are of each language, most first. */
export function countLanguages(paths: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const { name } = languageOf(path);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}
