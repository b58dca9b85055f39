import { useEffect, useState } from "preact/hooks";

/** Whether a media query holds now. */
export function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const look = () => setHolds(list.matches);
    look();
    list.addEventListener("change", look);
    return () => list.removeEventListener("change", look);
  }, [query]);
  return holds;
}

/** What the page looks like now; whatever was drawn with other colours is drawn anew when it changes. */
export interface Scheme {
  readonly isDark: boolean;
  /** The reader's own colours replace those of the page. */
  readonly isForced: boolean;
}

export function useScheme(): Scheme {
  const isDark = useMedia("(prefers-color-scheme: dark)");
  const isForced = useMedia("(forced-colors: active)");
  return { isDark, isForced };
}
