import { type KeyboardEvent, useCallback, useEffect, useId, useRef, useState } from "react";
import type { Recipient } from "../../protocol/messagesView.ts";
import { useRested } from "../shared/hooks.ts";
import { visible } from "../shared/visible.ts";
import { agentState } from "../shared/words.ts";
import { useHost } from "./hooks.ts";
import type { Named } from "./saved.ts";
import { hasEnded } from "./words.ts";

export interface PickerProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: Named | null;
  /** Whether the value can be taken away. */
  readonly canClear: boolean;
  readonly onPick: (agent: Named | null) => void;
}

/** A field in which an agent is looked for by typing. */
export function Picker({ label, placeholder, value, canClear, onPick }: PickerProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const { found, find } = useFound(typed);
  const isOpen = typed !== null;
  const index = Math.min(active, found.length - 1);
  const optionId = (at: number) => `${id}-${at}`;

  const close = () => setTyped(null);
  const pick = (agent: Named | null) => {
    onPick(agent);
    close();
  };
  const leave = () => {
    if (canClear && typed === "" && value !== null) onPick(null);
    const meant = found.find(({ name }) => name === typed);
    if (meant !== undefined) onPick({ id: meant.id, name: meant.name });
    close();
  };
  /** Who types fast is ahead of the list. */
  const pickTyped = async (text: string) => {
    const fitting = await find(text);
    const agent = fitting.find(({ id }) => id === found[index]?.id) ?? fitting[0];
    if (agent !== undefined) pick({ id: agent.id, name: agent.name });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) setTyped("");
      else setActive(Math.max(0, Math.min(found.length - 1, index + (event.key === "ArrowDown" ? 1 : -1))));
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && isOpen) {
      event.preventDefault();
      void pickTyped(typed);
    }
  };

  return (
    <div className="picker">
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && index >= 0 ? optionId(index) : undefined}
        placeholder={placeholder}
        spellCheck={false}
        value={typed ?? (value === null ? "" : visible(value.name))}
        onChange={({ target }) => {
          setTyped(target.value);
          setActive(0);
        }}
        onFocus={({ target }) => target.select()}
        onClick={() => setTyped((current) => current ?? "")}
        onBlur={leave}
        onKeyDown={onKeyDown}
      />
      {isOpen && (
        <div id={`${id}-list`} className="options" role="listbox" aria-label={label}>
          {found.map((agent, at) => (
            <Option key={agent.id} id={optionId(at)} agent={agent} isActive={at === index} onPick={pick} />
          ))}
          {found.length === 0 && <div className="none">No agent fits.</div>}
        </div>
      )}
    </div>
  );
}

interface OptionProps {
  readonly id: string;
  readonly agent: Recipient;
  readonly isActive: boolean;
  readonly onPick: (agent: Named) => void;
}

function Option({ id, agent, isActive, onPick }: OptionProps) {
  const option = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isActive) option.current?.scrollIntoView({ block: "nearest" });
  }, [isActive]);
  return (
    <div
      ref={option}
      id={id}
      role="option"
      aria-selected={isActive}
      tabIndex={-1}
      className={`option${isActive ? " is-active" : ""}${hasEnded(agent) ? " has-ended" : ""}`}
      // Before the field loses the focus, and with it the list.
      onPointerDown={(event) => {
        event.preventDefault();
        onPick({ id: agent.id, name: agent.name });
      }}
    >
      <bdi className="name">{visible(agent.name)}</bdi>
      <span className="detail">
        {agentState(agent)}
        {agent.id === agent.rootId ? "" : ` · team ${visible(agent.team)}`}
      </span>
    </div>
  );
}

/** The agents that fit what is typed, read anew while the list is open. */
function useFound(typed: string | null) {
  const host = useHost();
  const [found, setFound] = useState<readonly Recipient[]>([]);
  const text = useRested(typed, 80);
  const find = useCallback(
    async (wanted: string) => {
      const answer = await host.agents(wanted.slice(0, 200));
      return answer.ok ? answer.value : [];
    },
    [host],
  );
  useEffect(() => {
    if (text === null) return;
    let isCurrent = true;
    const look = async () => {
      const fitting = await find(text);
      if (isCurrent) setFound(fitting);
    };
    void look();
    const listening = host.onChange(({ agents }) => void (agents && look()));
    return () => {
      isCurrent = false;
      listening.dispose();
    };
  }, [host, find, text]);
  return { found, find };
}
