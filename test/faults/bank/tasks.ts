import { type Action, amountsOf, type Plain, type Shares, type Sharing, said } from "./actions.ts";
import type { Bank, Deed } from "./bank.ts";
import {
  beginCall,
  end,
  hireBelow,
  loseOneCall,
  raiseAsUser,
  raiseFrom,
  reopenOne,
  settleCall,
  stop,
} from "./deeds.ts";
import { childrenOf, free, type Member, none, openChildrenOf, pathTo, subtreeOf, sumsOf } from "./model.ts";

/** Does what an action says to whoever it fits; nothing where it fits nobody. */
export type Perform = (action: Action) => Promise<void>;

/** What is done with the agent that was picked. Undefined: nothing can be. */
type Choice = (agent: Member) => Choosing | undefined;
interface Choosing {
  readonly deed: Deed;
  /** The agent as whose run it is done; undefined for what the user does. */
  readonly as?: string;
}

const oneOf = <T>(from: readonly T[], pick: number): T | undefined => from[pick % Math.max(1, from.length)];

const HOUR = 3_600_000;

export function createTasks(bank: Bank, pause: (label: string) => Promise<void>): Perform {
  let keys = 0;
  /** Commands of the user's, to be given again. */
  const raises: Deed[] = [];
  const reopenings: Deed[] = [];
  const nextKey = (what: string): string => `${what}-${++keys}`;

  const idle = (each: Member): boolean => each.open && bank.runs.isFree(each.id);
  const calling = (each: Member): boolean => idle(each) && each.call !== null;
  const silent = (each: Member): boolean => idle(each) && each.call === null;
  const open = (each: Member): boolean => each.open;
  const ended = (each: Member): boolean => !each.open;
  const anyone = (): boolean => true;
  /** Whoever may still be taken back is not met by others yet. */
  const isThere = ({ id }: Member): boolean => bank.acknowledged.members.has(id);
  const available = (id: string | null, root: Member) => (id === null ? root.given : free(bank.model, id));

  const hiring =
    (share: Shares): Choice =>
    (parent) => {
      const amounts = amountsOf(share, free(bank.model, parent.id));
      const meanwhile = () => pause("the run goes on");
      return { deed: hireBelow(bank.limits, parent.id, amounts, nextKey("hire"), meanwhile), as: parent.id };
    };

  const holding =
    (share: Shares): Choice =>
    (caller) => {
      const held = said(amountsOf(share, free(bank.model, caller.id)));
      return { deed: beginCall(bank.limits, caller, held, nextKey("turn"), bank.clock.now()), as: caller.id };
    };

  const settling =
    (share: Shares): Choice =>
    (caller) => {
      const held = caller.call?.held ?? none;
      return { deed: settleCall(caller, said(amountsOf(share, held))), as: caller.id };
    };

  const raisingBelow =
    (share: Shares, pick: number): Choice =>
    (giver) => {
      const getter = oneOf(subtreeOf(bank.model, giver.id).slice(1).filter(isThere), pick);
      if (getter === undefined) return undefined;
      const path = pathTo(bank.model, getter.id).map(({ id }) => id);
      const giving = path.slice(path.indexOf(giver.id), -1);
      const given = sumsOf((unit) => giving.reduce((sum, id) => sum + free(bank.model, id)[unit], 0));
      return { deed: raiseFrom(giver.id, getter.id, said(amountsOf(share, given)), nextKey("raise")), as: giver.id };
    };

  const raising =
    (share: Shares): Choice =>
    (getter) => {
      const amounts = said(amountsOf(share, available(getter.parent, getter)));
      const deed = raiseAsUser(getter.id, amounts, nextKey("raise"));
      raises.push(deed);
      return { deed };
    };

  const reopening =
    (share: Shares): Choice =>
    (agent) => {
      const amounts = amountsOf(share, available(agent.parent, agent));
      const deed = reopenOne(agent.id, amounts, nextKey("reopen"), null);
      reopenings.push(deed);
      return { deed };
    };

  const reopeningBelow =
    (share: Shares, pick: number): Choice =>
    (parent) => {
      const child = oneOf(childrenOf(bank.model, parent.id).filter(ended).filter(isThere), pick);
      if (child === undefined) return undefined;
      const amounts = amountsOf(share, free(bank.model, parent.id));
      return { deed: reopenOne(child.id, amounts, nextKey("reopen"), parent.id), as: parent.id };
    };

  const stoppingBelow =
    (pick: number): Choice =>
    (by) => {
      const child = oneOf(openChildrenOf(bank.model, by.id).filter(isThere), pick);
      return child === undefined ? undefined : { deed: stop(by.id, child.id, "subtree"), as: by.id };
    };

  const again =
    (deeds: readonly Deed[], pick: number): Choice =>
    () => {
      const deed = oneOf(deeds, pick);
      return deed === undefined ? undefined : { deed };
    };

  const shared: Readonly<Record<Sharing["do"], (action: Sharing) => readonly [(each: Member) => boolean, Choice]>> = {
    hire: ({ share }) => [idle, hiring(share)],
    hold: ({ share }) => [silent, holding(share)],
    settle: ({ share }) => [calling, settling(share)],
    raise: ({ share }) => [anyone, raising(share)],
    raiseBelow: ({ share, pick }) => [idle, raisingBelow(share, pick)],
    reopen: ({ share }) => [anyone, reopening(share)],
    reopenBelow: ({ share, pick }) => [idle, reopeningBelow(share, pick)],
  };

  const plain: Readonly<Record<Plain["do"], (action: Plain) => readonly [(each: Member) => boolean, Choice]>> = {
    loseCall: () => [calling, (caller) => ({ deed: loseOneCall(caller), as: caller.id })],
    end: () => [idle, (agent) => ({ deed: end(agent), as: agent.id })],
    stop: () => [open, ({ id }) => ({ deed: stop("the user", id, "subtree") })],
    stopAlone: () => [
      (each) => each.open && each.parent !== null,
      ({ id }) => ({ deed: stop("the user", id, "agent") }),
    ],
    stopBelow: ({ pick }) => [idle, stoppingBelow(pick)],
    raiseAgain: ({ pick }) => [anyone, again(raises, pick)],
    reopenAgain: ({ pick }) => [anyone, again(reopenings, pick)],
  };

  const perform = async (deed: Deed, breaksOff: boolean): Promise<void> => {
    const { processes } = bank;
    await pause(deed.name);
    // Who was about to do it may have died with the process.
    if (bank.processes === processes) await bank.perform(deed, breaksOff);
  };

  return async (action) => {
    await bank.comeBack();
    switch (action.do) {
      case "rest":
        return;
      case "passTime":
        bank.clock.advance(action.hours * HOUR);
        return;
      case "strike":
        bank.disk.strike({ at: bank.disk.operations + action.in, kind: action.kind });
        return;
      default: {
        const [fits, choose] = "share" in action ? shared[action.do](action) : plain[action.do](action);
        const agent = oneOf([...bank.model.members.values()].filter(isThere).filter(fits), action.pick);
        const choosing = agent === undefined ? undefined : choose(agent);
        if (choosing === undefined) return;
        const { deed, as } = choosing;
        if (as === undefined) await perform(deed, action.breaksOff);
        else await bank.runs.within(as, () => perform(deed, action.breaksOff));
      }
    }
  };
}
