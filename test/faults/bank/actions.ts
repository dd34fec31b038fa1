import * as fc from "fast-check";
import { type FaultKind, faultKinds } from "../../support/faultDisk.ts";
import type { Sums, Unit } from "./model.ts";

/** What tasks do, as fast-check makes it up: plain values, which mean something only where they are performed. */

/** Of what there is: so many thousandths, or a boundary. `most`: the largest number there is; `unsaid`: nothing is said. */
export type Share = number | "none" | "one" | "all" | "more" | "most" | "unsaid";
export type Shares = Readonly<Record<Unit, Share>>;

const withShares = ["hire", "hold", "raise", "raiseBelow", "reopen", "reopenBelow", "settle"] as const;
const without = ["loseCall", "end", "stop", "stopAlone", "stopBelow", "raiseAgain", "reopenAgain"] as const;

interface Chosen {
  /** Who does it, or to whom: modulo as many as there are. */
  readonly pick: number;
  /** Whether it breaks off at the end of its transaction. */
  readonly breaksOff: boolean;
}

export interface Sharing extends Chosen {
  readonly do: (typeof withShares)[number];
  readonly share: Shares;
}

export interface Plain extends Chosen {
  readonly do: (typeof without)[number];
}

export type Action =
  | { readonly do: "rest" }
  | { readonly do: "passTime"; readonly hours: number }
  | { readonly do: "strike"; readonly kind: FaultKind; readonly in: number }
  | Sharing
  | Plain;

const chosen = {
  pick: fc.nat({ max: 9999 }),
  breaksOff: fc.oneof({ weight: 24, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
};

const share: fc.Arbitrary<Share> = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 600 }) },
  { weight: 3, arbitrary: fc.constantFrom<Share>("none", "one", "all", "more", "all", "more", "most", "unsaid") },
);
const charge: fc.Arbitrary<Share> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 1000 }) },
  { weight: 2, arbitrary: fc.constantFrom<Share>("none", "all", "more") },
);
const nothing: fc.Arbitrary<Shares> = fc.constant({ usd: "none", tokens: "none" });

const sharing = (shares: fc.Arbitrary<Shares>, ...what: readonly Sharing["do"][]) =>
  fc.record({ do: fc.constantFrom(...what), share: shares, ...chosen });
const plain = (...what: readonly Plain["do"][]) => fc.record({ do: fc.constantFrom(...what), ...chosen });
const ofEach = (arbitrary: fc.Arbitrary<Share>): fc.Arbitrary<Shares> =>
  fc.record({ usd: arbitrary, tokens: arbitrary });

/** The first is what others are shrunk to. */
export const action: fc.Arbitrary<Action> = fc.oneof(
  { withCrossShrink: true },
  { weight: 1, arbitrary: fc.constant({ do: "rest" as const }) },
  { weight: 32, arbitrary: sharing(ofEach(share), "hire") },
  { weight: 32, arbitrary: sharing(ofEach(share), "hold") },
  { weight: 28, arbitrary: sharing(fc.oneof(ofEach(charge), ofEach(charge), nothing), "settle") },
  { weight: 16, arbitrary: sharing(ofEach(share), "raise", "raiseBelow") },
  { weight: 20, arbitrary: sharing(ofEach(share), "reopen", "reopenBelow") },
  { weight: 10, arbitrary: plain("end", "stopAlone") },
  { weight: 8, arbitrary: plain("loseCall", "raiseAgain", "reopenAgain") },
  { weight: 3, arbitrary: plain("stop", "stopBelow") },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("passTime" as const), hours: fc.integer({ min: 1, max: 800 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("strike" as const),
      kind: fc.constantFrom(...faultKinds),
      in: fc.integer({ min: 1, max: 12 }),
    }),
  },
);

/** What is asked for of what there is; null where nothing is said. */
export function amountOf(share: Share, available: number): number | null {
  switch (share) {
    case "unsaid":
      return null;
    case "none":
      return 0;
    case "one":
      return 1;
    case "all":
      return available;
    case "more":
      return Math.min(available + 1, Number.MAX_SAFE_INTEGER);
    case "most":
      return Number.MAX_SAFE_INTEGER;
    default:
      return Math.floor(available / 1000) * share + Math.floor(((available % 1000) * share) / 1000);
  }
}

export type Amounts = Readonly<Record<Unit, number | null>>;

export const amountsOf = (share: Shares, available: Sums): Amounts => ({
  usd: amountOf(share.usd, available.usd),
  tokens: amountOf(share.tokens, available.tokens),
});

export const said = ({ usd, tokens }: Amounts): Sums => ({ usd: usd ?? 0, tokens: tokens ?? 0 });
