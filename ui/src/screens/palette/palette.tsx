/** The palette: jump to anything by a part of its name, do anything that can be done here; with keys alone. */

import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useLocation } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import { offeredActions, useOfferedVersion } from "../../state/actions.ts";
import { NAVIGATION } from "../table.ts";
import { useDeeds, withoutVerb } from "./doing.ts";
import { fits } from "./fit.ts";
import { keepRecent, recent } from "./recent.ts";
import "./palette.css";

interface Choice {
  id: string;
  title: string;
  /** What it is: "job", "page", "do". */
  kind: string;
  about: string;
  to?: string;
  act?: () => void;
  why?: string | undefined;
}

/** One question for each pause in typing. */
const PAUSE_MS = 120;
const LISTED_MAX = 30;
/** For so many of what fits best, what can be done to it is offered beside it. */
const WITH_DEEDS = 3;
const PAGES: readonly Choice[] = [
  ...NAVIGATION.map((each) => ({ id: each.path, title: each.title, kind: "page", about: `g ${each.key}`, to: each.path })),
  { id: "/settings", title: "Settings", kind: "page", about: "zone, hours, theme, density, shortcuts, editor", to: "/settings" },
  { id: "/asset-graph", title: "Asset graph", kind: "page", about: "what is made from what", to: "/asset-graph" },
  { id: "/checks", title: "Checks", kind: "page", about: "what the checks of assets found", to: "/checks" },
  { id: "/docs", title: "API", kind: "page", about: "the description of the HTTP API", to: "/docs" },
  { id: "/account", title: "Account", kind: "page", about: "password, sessions, tokens", to: "/account" },
];

export function Palette({ onClose, materialize }: { onClose: () => void; materialize: (key: string) => void }) {
  const [, go] = useLocation();
  const [text, setText] = useState("");
  const [place, setPlace] = useState(0);
  const wantedText = withoutVerb(text.trim());
  const isOrder = wantedText !== text.trim();
  const asked = usePaused(wantedText);
  const deeds = useDeeds(materialize);
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const listId = useId();
  useOpen(dialog);
  const answer = useAnswer("/api/search", { query: { q: asked, limit: LISTED_MAX } }, { isOff: asked === "", keepsBefore: true, topics: ["automations", "locations"] });
  const version = useOfferedVersion();
  const choices = useMemo((): Choice[] => {
    const wanted = text.trim();
    const actions = offeredActions().map((each) => ({ id: `do ${each.title}`, kind: "do", about: each.why ?? "", ...each }));
    if (wanted === "") return [...recent(), ...actions, ...PAGES].slice(0, LISTED_MAX);
    const own = [...actions, ...PAGES].filter((each) => fits(each.title, wanted));
    const found = (asked === "" ? [] : (answer.data?.items ?? [])).flatMap((each, place): Choice[] => {
      const page = {
        id: each.to,
        title: each.kind === "run" || each.kind === "backfill" ? each.name.slice(0, 8) : each.name,
        kind: each.kind,
        about: each.about || (each.location ?? ""),
        to: each.to,
      };
      // Who says what to do is offered that, of all that fits.
      if (isOrder) return deeds(each).filter((deed) => fits(deed.title, wanted));
      return place < WITH_DEEDS ? [page, ...deeds(each)] : [page];
    });
    const old = recent().filter((each) => fits(each.title, wanted));
    const unique = new Map([...old, ...own, ...found].map((each) => [each.id, each]));
    return [...unique.values()].slice(0, LISTED_MAX);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the version says when what is offered is other
  }, [text, asked, answer.data, version]);
  const current = Math.min(place, Math.max(0, choices.length - 1));
  const pick = (choice: Choice | undefined) => {
    if (choice === undefined || choice.why !== undefined) return;
    onClose();
    if (choice.to !== undefined) {
      keepRecent({ id: choice.id, title: choice.title, kind: choice.kind, about: choice.about, to: choice.to });
      go(choice.to);
    } else choice.act?.();
  };
  const move = (to: number) => {
    setPlace(to);
    list.current?.children[to]?.scrollIntoView({ block: "nearest" });
  };
  const onKey = (event: KeyboardEvent) => {
    const last = choices.length - 1;
    if (event.key === "ArrowDown") move(current >= last ? 0 : current + 1);
    else if (event.key === "ArrowUp") move(current <= 0 ? last : current - 1);
    else if (event.key === "Enter") pick(choices[current]);
    else return;
    event.preventDefault();
  };
  const isAsking = wantedText !== asked || answer.isFetching;
  return (
    <dialog
      ref={dialog}
      className="palette"
      aria-label="Search"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <input
        className="input palette-input"
        role="combobox"
        aria-label="Jump to anything, or do something"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={choices.length > 0 ? `${listId}-${current}` : undefined}
        aria-autocomplete="list"
        placeholder="A name, the beginning of an id, something to do"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setPlace(0);
        }}
        onKeyDown={onKey}
      />
      <div className="palette-list" role="listbox" id={listId} ref={list} aria-label="what fits">
        {choices.map((choice, number) => (
          // The keys are the field's: the focus stays there, as in every combobox.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={choice.id}
            id={`${listId}-${number}`}
            role="option"
            tabIndex={-1}
            aria-selected={number === current}
            aria-disabled={choice.why !== undefined || undefined}
            className="palette-item"
            onPointerMove={() => setPlace(number)}
            onClick={() => pick(choice)}
          >
            <span className="palette-kind">{choice.kind}</span>
            <bdi className="palette-title">{choice.title}</bdi>
            <span className="palette-about">{choice.about}</span>
          </div>
        ))}
      </div>
      <p className="palette-note" role="status">
        {answer.error !== null ? answer.error.detail : choices.length > 0 ? "↑ ↓ choose, Enter opens, Esc closes" : isAsking ? "…" : "Nothing fits."}
      </p>
    </dialog>
  );
}

/** A text, once nobody has typed for a moment. */
function usePaused(text: string): string {
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setAsked(text), PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  return asked;
}

/** Opens a dialog, and gives the focus back at its end, unless that went to another page. */
function useOpen(dialog: React.RefObject<HTMLDialogElement | null>): void {
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    element?.querySelector("input")?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [dialog]);
}
