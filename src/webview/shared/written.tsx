import { useEffect, useLayoutEffect, useRef } from "react";
import { renderMarkdown } from "./markdown.ts";

export interface WrittenProps {
  readonly text: string;
  /** Links of what others wrote never lead anywhere by themselves: this is asked. */
  readonly onLink: (url: string) => void;
}

/** What an agent wrote, as Markdown in which nothing runs and nothing is loaded. */
export function Written({ text, onLink }: WrittenProps) {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    element.current?.replaceChildren(renderMarkdown(text));
  }, [text]);
  useLinks(element, onLink);
  return <div ref={element} className="body" dir="auto" />;
}

function useLinks(element: React.RefObject<HTMLDivElement | null>, onLink: (url: string) => void) {
  useEffect(() => {
    const root = element.current;
    const follow = (event: Event) => {
      const link = event.target instanceof Element ? event.target.closest("[data-url]") : null;
      const url = link?.getAttribute("data-url");
      if (!url || (event instanceof KeyboardEvent && event.key !== "Enter")) return;
      event.preventDefault();
      event.stopPropagation();
      onLink(url);
    };
    root?.addEventListener("click", follow);
    root?.addEventListener("keydown", follow);
    return () => {
      root?.removeEventListener("click", follow);
      root?.removeEventListener("keydown", follow);
    };
  }, [element, onLink]);
}
