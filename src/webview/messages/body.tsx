import { useEffect, useLayoutEffect, useMemo, useRef } from "react";
import type { MessageItem } from "../../protocol/records.ts";
import { useHost } from "./hooks.ts";
import { renderMarkdown } from "./markdown.ts";

const charactersOf = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};

/** A message's text. Of a very long one the beginning; the rest is opened in an editor. */
export function Body({ item }: { readonly item: MessageItem }) {
  const host = useHost();
  const { id, body, length } = item;
  const element = useRef<HTMLDivElement>(null);
  const isCut = useMemo(() => length > charactersOf(body), [body, length]);

  useLayoutEffect(() => {
    element.current?.replaceChildren(renderMarkdown(body));
  }, [body]);
  useLinks(element);

  return (
    <>
      <div ref={element} className="body" dir="auto" />
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

/** Links of what others wrote never lead anywhere by themselves: the extension is asked. */
function useLinks(element: React.RefObject<HTMLDivElement | null>) {
  const host = useHost();
  useEffect(() => {
    const root = element.current;
    const follow = (event: Event) => {
      const link = event.target instanceof Element ? event.target.closest("[data-url]") : null;
      const url = link?.getAttribute("data-url");
      if (!url || (event instanceof KeyboardEvent && event.key !== "Enter")) return;
      event.preventDefault();
      event.stopPropagation();
      void host.openLink(url);
    };
    root?.addEventListener("click", follow);
    root?.addEventListener("keydown", follow);
    return () => {
      root?.removeEventListener("click", follow);
      root?.removeEventListener("keydown", follow);
    };
  }, [element, host]);
}
