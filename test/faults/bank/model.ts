import type { Result } from "../../../src/base/errors.ts";
import { refuse } from "../../../src/base/errors.ts";

/**
 * What budgets must come to, worked out anew from a tree with numbers in it: nothing here is booked twice, so that
 * nothing can differ from what it is the sum of.
 */

export const units = ["usd", "tokens"] as const;
export type Unit = (typeof units)[number];
export type Sums = Readonly<Record<Unit, number>>;

export const none: Sums = { usd: 0, tokens: 0 };
export const sumsOf = (of: (unit: Unit) => number): Sums => ({ usd: of("usd"), tokens: of("tokens") });
const plus = (a: Sums, b: Sums): Sums => sumsOf((unit) => a[unit] + b[unit]);
const minus = (a: Sums, b: Sums): Sums => sumsOf((unit) => a[unit] - b[unit]);
const total = (all: readonly Sums[]): Sums => all.reduce(plus, none);

/** A call under way: its turn, what was set aside for it, and when it began. */
export interface Call {
  readonly id: string;
  readonly held: Sums;
  readonly at: number;
}

/** The day on which it counts. */
const dayOf = (at: number): string => new Date(at).toLocaleDateString("sv-SE");

export interface Member {
  readonly id: string;
  readonly parent: string | null;
  readonly open: boolean;
  /** All it was ever given and did not give away. */
  readonly given: Sums;
  /** What it and those below it had used when it was opened the last time. */
  readonly usedBefore: Sums;
  readonly ownUsed: Sums;
  readonly overrun: Sums;
  readonly call: Call | null;
  /** Holds of calls whose cost nobody knows, since it was opened the last time. */
  readonly unknown: Sums;
  readonly turns: number;
}

export interface Limits {
  readonly maxDepth: number;
  readonly maxChildren: number;
  readonly perDayUsd: number | null;
  readonly perMonthUsd: number | null;
}

/** Teams as they are between two operations. Values only: what an operation makes of it is a new one. */
export interface Model {
  readonly members: ReadonlyMap<string, Member>;
  readonly spending: ReadonlyMap<string, number>;
  /** Commands that took effect. */
  readonly keys: ReadonlySet<string>;
}

export const emptyModel: Model = { members: new Map(), spending: new Map(), keys: new Set() };

export function member(model: Model, id: string): Member {
  const found = model.members.get(id);
  if (found === undefined) throw new Error(`the model has no ${id}`);
  return found;
}

const put = (model: Model, ...changed: readonly Member[]): Model => ({
  ...model,
  members: new Map([...model.members, ...changed.map((each) => [each.id, each] as const)]),
});

export const childrenOf = (model: Model, id: string): readonly Member[] =>
  [...model.members.values()].filter((each) => each.parent === id);
export const openChildrenOf = (model: Model, id: string): readonly Member[] =>
  childrenOf(model, id).filter((each) => each.open);

/** From its root to the member itself. */
export function pathTo(model: Model, id: string): readonly Member[] {
  const { parent } = member(model, id);
  return [...(parent === null ? [] : pathTo(model, parent)), member(model, id)];
}

export const depthOf = (model: Model, id: string): number => pathTo(model, id).length - 1;

/** The member and all below it. */
export const subtreeOf = (model: Model, id: string): readonly Member[] => [
  member(model, id),
  ...childrenOf(model, id).flatMap((child) => subtreeOf(model, child.id)),
];

export const held = ({ call, unknown }: Member): Sums => plus(call?.held ?? none, unknown);

export const used = (model: Model, id: string): Sums =>
  plus(
    member(model, id).ownUsed,
    total(
      childrenOf(model, id)
        .filter((child) => !child.open)
        .map((child) => used(model, child.id)),
    ),
  );

export const reserved = (model: Model, id: string): Sums =>
  plus(held(member(model, id)), total(openChildrenOf(model, id).map(({ given }) => given)));

/** What is left of a member's money; nothing of one that has ended. */
export const free = (model: Model, id: string): Sums =>
  member(model, id).open ? minus(member(model, id).given, plus(used(model, id), reserved(model, id))) : none;

const fits = (wanted: Sums, available: Sums): boolean => units.every((unit) => wanted[unit] <= available[unit]);

const exceeded = refuse("budget_exceeded", "");
const illegal = refuse("illegal_move", "");
const limited = refuse("limit_reached", "");
const countable = (amounts: Sums): boolean => units.every((unit) => amounts[unit] <= Number.MAX_SAFE_INTEGER);
const done = (model: Model): Result<Model> => ({ ok: true, value: model });

/** `amounts`: null is an equal share with all that the parent may still hire. */
export function hire(
  model: Model,
  limits: Limits,
  child: {
    readonly id: string;
    readonly parent: string | null;
    readonly amounts: Readonly<Record<Unit, number | null>>;
  },
): Result<Model> {
  const { id, parent } = child;
  const siblings = parent === null ? 0 : childrenOf(model, parent).length;
  if (parent !== null) {
    if (depthOf(model, parent) >= limits.maxDepth || siblings >= limits.maxChildren) return limited;
  }
  const available = parent === null ? none : free(model, parent);
  const given = sumsOf(
    (unit) => child.amounts[unit] ?? Math.floor(available[unit] / (limits.maxChildren - siblings + 1)),
  );
  if (parent !== null && !fits(given, available)) return exceeded;
  const fresh = { usedBefore: none, ownUsed: none, overrun: none, unknown: none, call: null, turns: 0 };
  return done(put(model, { id, parent, open: true, given, ...fresh }));
}

const spend = (model: Model, day: string, usd: number): Model =>
  usd === 0 ? model : { ...model, spending: new Map(model.spending).set(day, (model.spending.get(day) ?? 0) + usd) };

export function hold(model: Model, limits: Limits, id: string, call: Call): Result<Model> {
  const { usd } = call.held;
  const today = dayOf(call.at);
  if (!fits(call.held, free(model, id))) return exceeded;
  const month = today.slice(0, 7);
  const ofDay = model.spending.get(today) ?? 0;
  const ofMonth = [...model.spending]
    .filter(([day]) => day.startsWith(month) && day <= today)
    .reduce((sum, [, each]) => sum + each, 0);
  const passes = (cap: number | null, spent: number) => cap !== null && usd > 0 && spent + usd > cap;
  if (passes(limits.perDayUsd, ofDay) || passes(limits.perMonthUsd, ofMonth)) return refuse("cap_reached", "");
  const caller = member(model, id);
  return done(spend(put(model, { ...caller, call, turns: caller.turns + 1 }), today, usd));
}

export function settle(model: Model, id: string, charged: Sums): Result<Model> {
  const caller = member(model, id);
  if (caller.call === null) throw new Error(`${id} has no call to settle`);
  const { held, at } = caller.call;
  const covered = sumsOf((unit) => Math.min(held[unit], charged[unit]));
  const settled = {
    ...caller,
    call: null,
    ownUsed: plus(caller.ownUsed, covered),
    overrun: plus(caller.overrun, minus(charged, covered)),
  };
  return done(spend(put(model, settled), dayOf(at), charged.usd - held.usd));
}

const cutOff = (caller: Member): Member => ({ ...caller, unknown: held(caller), call: null });

/** The cost of a call under way will never be known. */
export const loseCall = (model: Model, id: string): Result<Model> => done(put(model, cutOff(member(model, id))));
export const loseAllCalls = (model: Model): Result<Model> =>
  done(put(model, ...[...model.members.values()].map(cutOff)));

const close = (model: Model, id: string): Model => {
  const ending = member(model, id);
  if (!ending.open) return model;
  const ownUsed = plus(ending.ownUsed, held(ending));
  return put(model, { ...ending, open: false, ownUsed, call: null, unknown: none });
};

/** Ends a member and all below it. */
export const endSubtree = (model: Model, id: string): Model =>
  subtreeOf(model, id).reduceRight((left, each) => close(left, each.id), model);

/** Ends a member alone: whoever hired it takes over what it had hired. */
export function endAlone(model: Model, id: string): Model {
  const { parent } = member(model, id);
  const handedOver = openChildrenOf(model, id).reduce((left, child) => {
    const giver = member(left, id);
    return put(left, { ...giver, given: minus(giver.given, child.given) }, { ...child, parent });
  }, model);
  return close(handedOver, id);
}

/** `from`: who gives of what it has; null is the user, who has enough. */
export function raise(
  model: Model,
  raise: { readonly id: string; readonly from: string | null; readonly amounts: Sums; readonly key: string },
): Result<Model> {
  const { id, from, amounts, key } = raise;
  if (!member(model, id).open) return illegal;
  if (model.keys.has(key)) return done(model);
  const path = pathTo(model, id).map((each) => each.id);
  const giving = from === null ? path : path.slice(path.indexOf(from));
  const given = giveDown(model, giving, amounts, from === null);
  return given.ok ? done({ ...given.value, keys: new Set(model.keys).add(key) }) : given;
}

/** The last of the path gets so much; what the one above it lacks for that, it is given first. */
function giveDown(model: Model, path: readonly string[], amounts: Sums, byUser: boolean): Result<Model> {
  const id = path.at(-1) ?? "";
  const giver = path.at(-2);
  if (giver === undefined && !byUser) return units.some((unit) => amounts[unit] > 0) ? exceeded : done(model);
  const available = giver === undefined ? amounts : free(model, giver);
  const lack = sumsOf((unit) => Math.max(0, amounts[unit] - available[unit]));
  const above = giver === undefined ? done(model) : giveDown(model, path.slice(0, -1), lack, byUser);
  if (!above.ok) return above;
  const getter = member(above.value, id);
  const given = plus(getter.given, amounts);
  return countable(given) ? done(put(above.value, { ...getter, given })) : limited;
}

export function reopen(
  model: Model,
  more: { readonly id: string; readonly amounts: Readonly<Record<Unit, number | null>>; readonly key: string },
): Result<Model> {
  const ended = member(model, more.id);
  if (model.keys.has(more.key)) return done(model);
  if (ended.open || (ended.parent !== null && !member(model, ended.parent).open)) return illegal;
  const amounts = sumsOf((unit) => more.amounts[unit] ?? ended.given[unit] - ended.usedBefore[unit]);
  if (ended.parent !== null && !fits(amounts, free(model, ended.parent))) return exceeded;
  const usedBefore = used(model, more.id);
  const given = plus(usedBefore, amounts);
  if (!countable(given)) return limited;
  const opened = put(model, { ...ended, open: true, given, usedBefore });
  return done({ ...opened, keys: new Set(model.keys).add(more.key) });
}

/** Every balance in a line, then every caller, then every day: as `balancesIn` reads them from the database. */
export function balancesOf(model: Model): string {
  const ids = [...model.members.keys()].sort();
  const balances = ids.flatMap((id) => {
    const { parent, open, given, ownUsed, overrun } = member(model, id);
    const of = { reserved: open ? reserved(model, id) : none, used: used(model, id) };
    return ["tokens" as const, "usd" as const].map((unit) =>
      [
        id,
        parent ?? "-",
        depthOf(model, id),
        unit,
        open ? "open" : "closed",
        given[unit],
        of.reserved[unit],
        of.used[unit],
        ownUsed[unit],
        overrun[unit],
      ].join(" "),
    );
  });
  const calls = ids
    .map((id) => member(model, id))
    .filter(({ turns }) => turns > 0)
    .map(({ id, turns, call }) => [id, turns, ...(call === null ? [] : [call.id])].join(" "));
  const spending = [...model.spending].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, usd]) => `${day} ${usd}`);
  return [...balances, ...calls, ...spending].join("\n");
}
