/** What stands around every screen: navigation, the service's state, messages, the list of keys. */

import { Component, lazy, Suspense, useEffect, useRef, useState, type ReactNode, type RefObject } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { Failure } from "../../parts/panel.tsx";
import { TipLayer } from "../../parts/tip.tsx";
import { Toasts } from "../../parts/toast.tsx";
import { ProblemError } from "../../api/problem.ts";
import { useFavicon, useTrouble } from "../../live/trouble.ts";
import { useActions } from "../../state/actions.ts";
import { useService } from "../../state/caller.ts";
import { useSettings } from "../../state/settings.ts";
import { useShortcuts } from "../../state/shortcuts.ts";
import { Palette } from "../palette/palette.tsx";
import { NAVIGATION, NotFound, SCREENS } from "../table.ts";
import { KeyList } from "./key_list.tsx";
import { Navigation } from "./navigation.tsx";
import { ownActions } from "./own_actions.ts";
import { ServiceChip } from "./service_chip.tsx";
import "./frame.css";

const MaterializeDialog = lazy(async () => ({ default: (await import("../assets/materialize_dialog.tsx")).MaterializeDialog }));

export function Frame() {
  const [path, go] = useLocation();
  const [isListing, setListing] = useState(false);
  const [isSearching, setSearching] = useState(false);
  const [madeKey, setMadeKey] = useState<string | null>(null);
  const main = useRef<HTMLElement>(null);
  useShortcuts([
    ...NAVIGATION.map((each) => ({ keys: `g ${each.key}`, about: `go to ${each.title}`, act: () => go(each.path) })),
    { keys: "?", about: "this list", act: () => setListing(true) },
    { keys: "/", about: "search", act: () => setSearching(true) },
    { keys: "Ctrl+k", about: "search, also while typing", act: () => setSearching(true) },
  ]);
  useFocusOnChange(path, main);
  const { data: service } = useService();
  const trouble = useTrouble();
  useFavicon(trouble);
  useActions(ownActions(useSettings()));
  return (
    <div className="frame" data-old={trouble === "failed" || undefined}>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="frame-head">
        <Link href="/" className="frame-brand">
          watchbell
        </Link>
        <button type="button" className="frame-search" aria-label="Search" aria-keyshortcuts="Control+K" onClick={() => setSearching(true)}>
          <span aria-hidden="true">⌕</span>
          <span className="frame-search-word">Search</span>
          <kbd aria-hidden="true">/</kbd>
        </button>
        <ServiceChip />
        <nav className="frame-self" aria-label="yours">
          <Link href="/account" data-tip="Your account" aria-label="Your account">
            ◍
          </Link>
          <Link href="/settings" data-tip="Settings" aria-label="Settings">
            ⚙
          </Link>
        </nav>
      </header>
      <Navigation path={path} attention={service?.attention ?? 0} />
      <main id="main" className="frame-main" ref={main} tabIndex={-1}>
        <Fault key={path}>
          <Suspense fallback={null}>
            <Switch>
              {SCREENS.map((each) => (
                <Route key={each.path} path={each.path} component={each.component} />
              ))}
              <Route component={NotFound} />
            </Switch>
          </Suspense>
        </Fault>
      </main>
      <Toasts />
      <TipLayer />
      {isListing && <KeyList onClose={() => setListing(false)} />}
      {isSearching && <Palette onClose={() => setSearching(false)} materialize={setMadeKey} />}
      {madeKey !== null && (
        <Suspense fallback={null}>
          <MaterializeDialog assets={[madeKey]} onClose={() => setMadeKey(null)} />
        </Suspense>
      )}
    </div>
  );
}

/** After a change of screen the focus is on its heading, so that it is read and Tab goes on from there. */
function useFocusOnChange(path: string, main: RefObject<HTMLElement | null>): void {
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    requestAnimationFrame(() => (main.current?.querySelector("h1") ?? main.current)?.focus({ preventScroll: true }));
    main.current?.scrollTo(0, 0);
  }, [path, main]);
}

/** A mistake of ours in one screen leaves the frame alive. */
class Fault extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    const problem = new ProblemError(500, "fault", "This page made a mistake", error.message);
    return (
      <div className="page">
        <h1>Something went wrong</h1>
        <Failure problem={problem} retry={() => location.reload()} />
      </div>
    );
  }
}
