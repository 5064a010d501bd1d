/** Tabs that are addresses: links, the current one marked; until it is known which, their place is kept, so that none moves under a finger. */

import { useLayoutEffect, useRef } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { count } from "../text/number.ts";
import "./tabs.css";

export interface Tab {
  id: string;
  title: string;
  count?: number | null | undefined;
  /** Whether the count is of what is wrong. */
  isBad?: boolean;
}

interface Props {
  /** Undefined: not known yet, as what they count or show. */
  tabs: readonly Tab[] | undefined;
  current: string;
  label: string;
  /** The address of a tab; by default the parameter `tab` of this page, the first tab without it. */
  to?: (id: string) => string;
}

export function Tabs({ tabs, current, label, to }: Props) {
  const [path] = useLocation();
  const [params] = useSearchParams();
  const bar = useRef<HTMLElement>(null);
  const isKnown = tabs !== undefined;
  useLayoutEffect(() => {
    // On a phone the current one may be out of sight; only the bar is moved, never the page.
    const now = bar.current?.querySelector<HTMLElement>("[aria-current]");
    if (bar.current && now) bar.current.scrollLeft = now.offsetLeft + now.offsetWidth - bar.current.offsetLeft - bar.current.clientWidth;
  }, [current, isKnown]);
  const here = (id: string) => {
    const next = new URLSearchParams(params);
    if (id === tabs?.[0]?.id) next.delete("tab");
    else next.set("tab", id);
    const text = next.toString();
    return text ? `${path}?${text}` : path;
  };
  return (
    <nav ref={bar} className="tabs" aria-label={label}>
      {tabs?.map((tab) => (
        <Link key={tab.id} href={(to ?? here)(tab.id)} className="tab" aria-current={tab.id === current ? "page" : undefined}>
          {tab.title}
          {tab.count !== undefined && tab.count !== null && (
            <span className="tab-count" data-bad={tab.isBad && tab.count > 0}>
              {count(tab.count)}
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}
