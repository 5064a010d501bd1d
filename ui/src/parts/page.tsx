/** The frame of one screen: its heading, what can be done there, its content. */

import { useEffect, type ReactNode } from "react";
import "./page.css";

interface Props {
  /** The tab's title. */
  title: string;
  /** The heading; the title by default. */
  heading?: ReactNode;
  actions?: ReactNode;
  /** Beneath the heading, e.g. facts in a line. */
  under?: ReactNode;
  children: ReactNode;
  /** Whether the content takes the height of the window, as lists do. */
  isFilling?: boolean;
}

export function Page({ title, heading, actions, under, children, isFilling = false }: Props) {
  useEffect(() => {
    document.title = `${title} · watchbell`;
  }, [title]);
  return (
    <div className={isFilling ? "page page-filling" : "page"}>
      <header className="page-head">
        <h1 tabIndex={-1}>{heading ?? title}</h1>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {under}
      {children}
    </div>
  );
}
