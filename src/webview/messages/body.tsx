import { useCallback, useMemo } from "react";
import type { MessageItem } from "../../protocol/records.ts";
import { Written } from "../shared/written.tsx";
import { useHost } from "./hooks.ts";

const charactersOf = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};

/** A message's text. Of a very long one the beginning; the rest is opened in an editor. */
export function Body({ item }: { readonly item: MessageItem }) {
  const host = useHost();
  const { id, body, length } = item;
  const isCut = useMemo(() => length > charactersOf(body), [body, length]);
  const onLink = useCallback((url: string) => void host.openLink(url), [host]);

  return (
    <>
      <Written text={body} onLink={onLink} />
      {isCut && (
        <p className="cut">
          {length.toLocaleString("en-US")} characters –{" "}
          <button type="button" className="link" onClick={() => void host.openWhole(id)}>
            Show all
          </button>
        </p>
      )}
    </>
  );
}
