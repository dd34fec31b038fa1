import { messageStatuses, priorities } from "../../protocol/words.ts";
import { Icon, IconButton } from "../shared/icon.tsx";
import { Picker } from "./picker.tsx";
import { type Filters, isFiltering } from "./saved.ts";
import { priorityWords, statusWords } from "./words.ts";

export interface FilterBarProps {
  readonly filters: Filters;
  readonly isOpen: boolean;
  readonly onChange: (filters: Partial<Filters>) => void;
  readonly onOpen: (isOpen: boolean) => void;
  readonly onClear: () => void;
  readonly onNew: () => void;
}

export function FilterBar({ filters, isOpen, onChange, onOpen, onClear, onNew }: FilterBarProps) {
  const { text, agent, priority, status } = filters;
  const isDead = status === "dead";
  return (
    <search className="filters">
      <div className="row">
        <input
          type="search"
          aria-label="Search messages"
          placeholder="Search messages"
          value={text}
          maxLength={1000}
          onChange={({ target }) => onChange({ text: target.value })}
        />
        <IconButton
          icon={agent !== null || priority !== null || status !== null ? "filter-filled" : "filter"}
          label="Filters"
          expanded={isOpen}
          onPress={() => onOpen(!isOpen)}
        />
        <IconButton
          icon="error"
          label="Dead letters"
          pressed={isDead}
          onPress={() => onChange({ status: isDead ? null : "dead" })}
        />
        <IconButton icon="edit" label="New Message" onPress={onNew} />
      </div>
      {isOpen && (
        <>
          <Picker
            label="Filter by agent"
            placeholder="Any agent"
            value={agent}
            canClear
            onPick={(picked) => onChange({ agent: picked })}
          />
          <div className="row">
            <Choice
              label="Filter by priority"
              any="Any priority"
              choices={priorities}
              words={priorityWords}
              value={priority}
              onChoose={(chosen) => onChange({ priority: chosen })}
            />
            <Choice
              label="Filter by state"
              any="Any state"
              choices={messageStatuses}
              words={statusWords}
              value={status}
              onChoose={(chosen) => onChange({ status: chosen })}
            />
          </div>
        </>
      )}
      {isFiltering(filters) && (
        <div className="row summary">
          <span>{summaryOf(filters)}</span>
          <button type="button" className="link" onClick={onClear}>
            <Icon name="clear-all" /> Clear filters
          </button>
        </div>
      )}
    </search>
  );
}

/** What is filtered by, in words, for it may be folded away. */
function summaryOf({ text, agent, priority, status }: Filters): string {
  const parts = [
    ...(text.trim() === "" ? [] : [`“${text.trim()}”`]),
    ...(agent === null ? [] : [agent.name]),
    ...(priority === null ? [] : [`${priorityWords[priority].toLowerCase()} priority`]),
    ...(status === null ? [] : [statusWords[status].toLowerCase()]),
  ];
  return `Only ${parts.join(", ")}`;
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly any: string;
  readonly choices: readonly T[];
  readonly words: Readonly<Record<T, string>>;
  readonly value: T | null;
  readonly onChoose: (value: T | null) => void;
}

function Choice<T extends string>({ label, any, choices, words, value, onChoose }: ChoiceProps<T>) {
  return (
    <select
      aria-label={label}
      value={value ?? ""}
      onChange={({ target }) => onChoose(choices.find((choice) => choice === target.value) ?? null)}
    >
      <option value="">{any}</option>
      {choices.map((choice) => (
        <option key={choice} value={choice}>
          {words[choice]}
        </option>
      ))}
    </select>
  );
}
