/**
 * A table, or a view, whose rows belong to teams. Each room names its own; together they are what is archived with a team.
 */
export interface TeamTable {
  readonly name: string;
  /** Column with the id of the agent that a row belongs to. */
  readonly owner: string;
  /** Columns that tell its rows apart. */
  readonly key: readonly string[];
  /** Columns by which rows come before those that can't be without them; `key` where it makes no difference. */
  readonly order?: readonly string[];
}
