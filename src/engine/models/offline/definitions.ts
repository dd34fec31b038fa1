/** How the languages of one family define things that have a name. */
export interface Family {
  readonly id: string;
  /** A POSIX extended regular expression for a line that may define something. */
  readonly pattern: string;
  readonly ignoreCase: boolean;
  /** The name that such a line defines; undefined where it only looked like it. */
  nameIn(line: string): string | undefined;
}

const NAME = "([A-Za-z_$][A-Za-z0-9_$]*)";
const MODIFIERS =
  "public|private|protected|internal|static|final|abstract|sealed|open|override|data|partial|inline|suspend|" +
  "fileprivate|indirect|async|virtual|readonly|extern|unsafe|const|annotation|companion|native|synchronized|default|" +
  "mutating|convenience|required|class";

/** A family whose names stand in the last group of one expression. */
function family(id: string, pattern: string, names: RegExp, ignoreCase = false): Family {
  return { id, pattern, ignoreCase, nameIn: (line) => names.exec(line)?.findLast((group) => group !== undefined) };
}

const CONTROL_WORDS = new Set([
  "if",
  "else",
  "while",
  "for",
  "switch",
  "return",
  "sizeof",
  "case",
  "do",
  "new",
  "catch",
]);

function notControl(of: Family): Family {
  const nameIn = (line: string) => {
    const name = of.nameIn(line);
    return name === undefined || CONTROL_WORDS.has(name) ? undefined : name;
  };
  return { ...of, nameIn };
}

const families: readonly Family[] = [
  family(
    "script",
    "^(export[[:space:]]+)?(default[[:space:]]+)?(declare[[:space:]]+)?(abstract[[:space:]]+)?(async[[:space:]]+)?" +
      "(function[[:space:]]*[*]?|class|interface|type|enum|namespace|const|let|var)[[:space:]]+[A-Za-z_$]",
    new RegExp(
      "^(?:export\\s+)?(?:default\\s+)?(?:declare\\s+)?(?:abstract\\s+)?(?:async\\s+)?" +
        `(?:function\\s*\\*?|class|interface|type|(?:const\\s+)?enum|namespace|const|let|var)\\s+${NAME}`,
    ),
  ),
  family(
    "python",
    "^[[:space:]]*(async[[:space:]]+)?(def|class)[[:space:]]+[A-Za-z_]",
    /^\s*(?:async\s+)?(?:def|class)\s+([\p{L}_][\p{L}\p{N}_]*)/u,
  ),
  family(
    "go",
    "^(func|type|var|const)[[:space:]]+([(][^)]*[)][[:space:]]*)?[A-Za-z_]",
    new RegExp(`^(?:func|type|var|const)\\s+(?:\\([^)]*\\)\\s*)?${NAME}`),
  ),
  family(
    "rust",
    '^[[:space:]]*(pub([(][^)]*[)])?[[:space:]]+)?((default|async|unsafe|const|extern|"C")[[:space:]]+)*' +
      "(fn|struct|enum|trait|type|mod|union|static|const|macro_rules!)[[:space:]]+[A-Za-z_]",
    new RegExp(
      '^\\s*(?:pub(?:\\([^)]*\\))?\\s+)?(?:(?:default|async|unsafe|const|extern|"C")\\s+)*' +
        `(?:fn|struct|enum|trait|type|mod|union|static(?:\\s+mut)?|const|macro_rules!)\\s+${NAME}`,
    ),
  ),
  notControl(
    family(
      "c",
      "^(typedef[[:space:]]+)?(struct|union|enum|class|namespace)[[:space:]]+[A-Za-z_][A-Za-z0-9_]*[^;]*$" +
        "|^#[[:space:]]*define[[:space:]]+[A-Za-z_]" +
        "|^[A-Za-z_][A-Za-z0-9_:<>,*& ]*[ *&][A-Za-z_~][A-Za-z0-9_:~]*[(][^;]*$",
      new RegExp(
        `^(?:typedef\\s+)?(?:struct|union|enum(?:\\s+class)?|class|namespace)\\s+${NAME}\\s*(?:final\\s*)?(?:[:{].*)?$` +
          `|^#\\s*define\\s+${NAME}` +
          "|^[A-Za-z_][\\w:<>,*& ]*[ *&]([A-Za-z_~][\\w:~]*)\\(",
      ),
    ),
  ),
  notControl(
    family(
      "managed",
      `^[[:space:]]*((${MODIFIERS})[[:space:]]+)*` +
        "(class|interface|@interface|enum|record|struct|object|protocol|extension|actor|fun|func|namespace|typealias)" +
        "[[:space:]]+(<[^>]*>[[:space:]]*)?[A-Za-z_]" +
        "|^[[:space:]]*(public|private|protected|internal)[[:space:]]+[A-Za-z_][^=;]*[A-Za-z0-9_][[:space:]]*[(]",
      new RegExp(
        `^\\s*(?:(?:${MODIFIERS})\\s+)*` +
          "(?:class|interface|@interface|enum(?:\\s+class)?|record|struct|object|protocol|extension|actor|" +
          `fun(?:\\s*<[^>]*>)?|func|namespace|typealias)\\s+(?:[A-Z]\\w*\\.)?${NAME}` +
          `|^\\s*(?:public|private|protected|internal)\\s+(?:[A-Za-z_][^=;(]*[\\s\\]>?])?${NAME}\\s*\\(`,
      ),
    ),
  ),
  family(
    "ruby",
    "^[[:space:]]*(def|class|module)[[:space:]]+[A-Za-z_]",
    /^\s*(?:def|class|module)\s+((?:self\.)?[A-Za-z_][\w:]*[?!=]?)/,
  ),
  family(
    "php",
    "^[[:space:]]*((abstract|final|public|private|protected|static|readonly)[[:space:]]+)*" +
      "(function|class|interface|trait|enum)[[:space:]]+&?[A-Za-z_]",
    new RegExp(
      "^\\s*(?:(?:abstract|final|public|private|protected|static|readonly)\\s+)*" +
        `(?:function|class|interface|trait|enum)\\s+&?${NAME}`,
    ),
  ),
  family("perl", "^[[:space:]]*(sub|package)[[:space:]]+[A-Za-z_]", /^\s*(?:sub|package)\s+([A-Za-z_][\w:]*)/),
  family(
    "shell",
    "^[[:space:]]*(function[[:space:]]+[A-Za-z_]|[A-Za-z_][A-Za-z0-9_:.-]*[[:space:]]*[(][[:space:]]*[)])",
    /^\s*(?:function\s+([A-Za-z_][\w:.-]*)|([A-Za-z_][\w:.-]*)\s*\(\s*\))/,
  ),
  family(
    "lua",
    "^[[:space:]]*(local[[:space:]]+)?(function[[:space:]]+[A-Za-z_]|[A-Za-z_][A-Za-z0-9_.]*[[:space:]]*=[[:space:]]*function)",
    /^\s*(?:local\s+)?(?:function\s+([A-Za-z_][\w.:]*)|([A-Za-z_][\w.]*)\s*=\s*function)/,
  ),
  family("markdown", "^#{1,3}[[:space:]]+[^[:space:]]", /^#{1,3}\s+(.*?)\s*#*\s*$/),
  family(
    "sql",
    "^[[:space:]]*create[[:space:]].*(table|view|index|trigger|function|procedure|type|schema)[[:space:]]+[^[:space:]]",
    new RegExp(
      "^\\s*create\\s.*?(?:table|view|index|trigger|function|procedure|type|schema)\\s+(?:if\\s+not\\s+exists\\s+)?" +
        '["`\\[]?([\\w.]+)',
      "i",
    ),
    true,
  ),
];

/** The family of that name; undefined where the survey looks for no definitions. */
export const familyOf = (id: string | null): Family | undefined => families.find((candidate) => candidate.id === id);
