/** The navigation: at the side, or on narrow screens at the bottom, where what does not fit is behind "More". */

import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { count } from "../../text/number.ts";
import { NAVIGATION } from "../table.ts";
import "./navigation.css";

/** Entries of the bottom bar, "More" included. */
const BAR_MOST = 5;

interface Props {
  path: string;
  /** How many things need attention. */
  attention: number;
}

export function Navigation({ path, attention }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [before, setBefore] = useState(path);
  if (before !== path) {
    setBefore(path);
    setOpen(false);
  }
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      nav.current?.querySelector<HTMLElement>(".navigation-more")?.focus();
    };
    const onPress = (event: PointerEvent) => {
      if (event.target instanceof Node && !nav.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("keydown", onKey);
    document.addEventListener("pointerdown", onPress);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("pointerdown", onPress);
    };
  }, [isOpen]);
  const hasMore = NAVIGATION.length > BAR_MOST;
  const isMoreCurrent = hasMore && NAVIGATION.slice(BAR_MOST - 1).some((each) => isIn(path, each.path));
  return (
    <nav className="frame-nav" aria-label="main" ref={nav} data-open={isOpen}>
      {NAVIGATION.map((each, place) => (
        <Link
          key={each.path}
          href={each.path}
          className={hasMore && place >= BAR_MOST - 1 ? "navigation-rest" : undefined}
          aria-current={isIn(path, each.path) ? "page" : undefined}
        >
          <span className="frame-sign" aria-hidden="true">
            {each.sign}
          </span>
          {each.title}
          {each.path === "/" && attention > 0 && (
            <span className="navigation-badge">
              {count(attention)}
              <span className="visually-hidden"> need attention</span>
            </span>
          )}
        </Link>
      ))}
      {hasMore && (
        <button
          type="button"
          className="navigation-more"
          aria-expanded={isOpen}
          data-current={isMoreCurrent || undefined}
          onClick={() => setOpen(!isOpen)}
        >
          <span className="frame-sign" aria-hidden="true">
            ⋯
          </span>
          More
        </button>
      )}
    </nav>
  );
}

function isIn(path: string, place: string): boolean {
  return place === "/" ? path === "/" : path === place || path.startsWith(`${place}/`);
}
