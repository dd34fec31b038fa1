import { type KeyboardEvent, type Ref, useEffect, useState } from "react";
import { type SendCommand, sendGroups } from "../../protocol/commands.ts";
import type { Recipient } from "../../protocol/messagesView.ts";
import type { MessageRecord } from "../../protocol/records.ts";
import { priorities } from "../../protocol/words.ts";
import { Icon, IconButton } from "../shared/icon.tsx";
import { visible } from "../shared/visible.ts";
import { agentState, counted } from "../shared/words.ts";
import { useHost } from "./hooks.ts";
import { Picker } from "./picker.tsx";
import type { ChosenThread, Draft, Named } from "./saved.ts";
import { useSend } from "./useSend.ts";
import { priorityWords } from "./words.ts";

export interface ComposerProps {
  /** The conversation that it goes on with; null: a new one. */
  readonly thread: ChosenThread | null;
  readonly draft: Draft;
  /** Whoever the conversation is with. */
  readonly partner: Named | null;
  /** What happened last, to be said aloud too. */
  readonly said: string;
  readonly text: Ref<HTMLTextAreaElement>;
  readonly onChange: (changes: Partial<Draft>) => void;
  readonly onSent: (messages: readonly MessageRecord[], to: Named) => void;
}

const groupWords: Readonly<Record<(typeof sendGroups)[number], string>> = {
  agent: "This agent",
  children: "All it hired",
  team: "Its whole team",
};

/** Far more than the engine takes, and few enough to be typed in. */
const MAX_CHARACTERS = 500_000;

const isMac = navigator.userAgent.includes("Mac");
const SEND_KEYS = isMac ? "⌘Enter" : "Ctrl+Enter";

export function Composer({ thread, draft, partner, said, text, onChange, onSent }: ComposerProps) {
  const { problem, isBusy, send, refuse, forget } = useSend();
  const to = draft.to ?? draft.reply?.to ?? partner;
  const recipient = useRecipient(to);
  const isReply = draft.reply !== null;
  const change = (changes: Partial<Draft>) => {
    forget();
    onChange(changes);
  };

  /** More than a field can show is not taken in; what stood there stays. */
  const write = (text: string) => {
    if (text.length <= MAX_CHARACTERS) change({ text });
    else refuse(`${counted(text.length, "character")} are too long for a message: put them into a file and name that.`);
  };

  const submit = async (reopen: boolean) => {
    if (to === null || draft.text.trim() === "" || isBusy) return;
    const sent = await send(commandOf(draft, to, isSameTeam(thread, recipient) ? thread : null, reopen));
    if (sent !== undefined) onSent(sent, to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void submit(false);
    } else if (event.key === "Escape" && isReply) change({ reply: null });
  };

  return (
    <section className="composer" aria-label="Write a message">
      {draft.reply !== null && (
        <div className="replying">
          <Icon name="reply" />
          <span className="text" dir="auto">
            {draft.reply.isQuestion ? "Answer to" : "Reply to"} <bdi>{visible(draft.reply.to.name)}</bdi>: “
            {visible(draft.reply.text)}”
          </span>
          <IconButton icon="close" label="Write something else" onPress={() => change({ reply: null })} />
        </div>
      )}
      <div className="row to">
        <span aria-hidden="true">To</span>
        <Picker
          label="To"
          placeholder="Type an agent's name"
          value={to}
          canClear={draft.to !== null}
          onPick={(picked) => change({ to: picked })}
        />
        {!isReply && (
          <select
            aria-label="Who gets it"
            value={draft.group}
            onChange={({ target }) => change({ group: sendGroups.find((group) => group === target.value) ?? "agent" })}
          >
            {sendGroups.map((group) => (
              <option key={group} value={group}>
                {groupWords[group]}
              </option>
            ))}
          </select>
        )}
        <select
          aria-label="Priority"
          value={draft.priority}
          onChange={({ target }) =>
            change({ priority: priorities.find((priority) => priority === target.value) ?? "normal" })
          }
        >
          {priorities.map((priority) => (
            <option key={priority} value={priority}>
              {priorityWords[priority]}
            </option>
          ))}
        </select>
        {recipient !== undefined && <span className="recipient-state">{agentState(recipient)}</span>}
      </div>
      <textarea
        ref={text}
        aria-label="Message"
        placeholder={`Write in Markdown. ${SEND_KEYS} sends, Enter makes a new line.`}
        dir="auto"
        rows={2}
        value={draft.text}
        aria-invalid={problem !== null}
        onChange={({ target }) => write(target.value)}
        onKeyDown={onKeyDown}
      />
      {problem !== null && (
        <div className="refusal" role="alert">
          <Icon name="warning" />
          <span>{visible(problem.text)}</span>
          {problem.canReopen && (
            <button type="button" onClick={() => void submit(true)}>
              Reopen and Send
            </button>
          )}
        </div>
      )}
      <div className="row end">
        <span className="said" role="status" aria-live="polite">
          {visible(said)}
        </span>
        <button
          type="button"
          disabled={isBusy || to === null || draft.text.trim() === ""}
          title={`Send (${SEND_KEYS})`}
          onClick={() => void submit(false)}
        >
          <Icon name="send" /> {isReply && draft.reply?.isQuestion ? "Send Answer" : "Send"}
        </button>
      </div>
    </section>
  );
}

/** A conversation is one team's: what goes to another begins a new one. */
const isSameTeam = (thread: ChosenThread | null, recipient: Recipient | undefined): boolean =>
  thread?.rootId == null || recipient === undefined || recipient.rootId === thread.rootId;

function commandOf(draft: Draft, to: Named, thread: ChosenThread | null, reopen: boolean): SendCommand {
  const { reply, group, priority, text } = draft;
  return {
    to: to.id,
    group: reply === null ? group : "agent",
    body: text,
    priority,
    reopen,
    ...(reply === null ? {} : { inReplyTo: reply.id }),
    ...(reply !== null || thread === null ? {} : { threadId: thread.id }),
  };
}

/** What is said when a message is sent. */
export const saidOfSent = (messages: readonly MessageRecord[], to: Named): string =>
  messages.length === 1 ? `Sent to ${to.name}.` : `Sent to ${counted(messages.length, "agent")}.`;

/** The agent as it is now. */
function useRecipient(to: Named | null): Recipient | undefined {
  const host = useHost();
  const [found, setFound] = useState<Recipient>();
  const id = to?.id;
  useEffect(() => {
    if (id === undefined) return setFound(undefined);
    let isCurrent = true;
    const look = async () => {
      const answer = await host.agents(id);
      if (isCurrent && answer.ok) setFound(answer.value.find((agent) => agent.id === id));
    };
    void look();
    const listening = host.onChange(({ agents }) => void (agents && look()));
    return () => {
      isCurrent = false;
      listening.dispose();
    };
  }, [host, id]);
  return found;
}
