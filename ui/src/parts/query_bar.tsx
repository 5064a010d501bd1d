/** The filter of a list: words of the query language as chips, with completion. The text is the truth; chips edit it. */

import { useId, useRef, useState, type KeyboardEvent } from "react";
import { useShortcuts } from "../state/shortcuts.ts";
import { Button } from "./button.tsx";
import { joinTerms, splitTerms } from "./query_text.ts";
import { SavedViews } from "./saved_views.tsx";
import "./query_bar.css";

export interface QueryField {
  /** As it is typed, without the colon. */
  name: string;
  about: string;
  /** What may follow, if it is known. */
  values?: readonly string[];
}

interface Props {
  value: string;
  onChange: (value: string) => void;
  fields: readonly QueryField[];
  /** What a word without a colon looks for, e.g. "name of the job". */
  plain: string;
  /** What the server says of the query. */
  error?: string | undefined;
  /** Saved views of the list, offered beside the filter. */
  views?: { screen: string; params: readonly string[]; list: string };
}

export function QueryBar({ value, onChange, fields, plain, error, views }: Props) {
  const [draft, setDraft] = useState("");
  const [at, setAt] = useState(-1);
  const [isOpen, setOpen] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const terms = splitTerms(value);
  const offers = isOpen ? completions(draft, fields) : [];
  useShortcuts([{ keys: "f", about: "filter the list", act: () => input.current?.focus() }]);

  const add = (text: string) => {
    onChange(joinTerms([...terms, ...splitTerms(text)]));
    setDraft("");
    setAt(-1);
  };
  const pick = (offer: string) => {
    setAt(-1);
    if (offer.endsWith(":")) setDraft(offer);
    else add(offer);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      const offer = offers[at];
      if (offer !== undefined) pick(offer.text);
      else if (draft.trim()) add(draft);
    } else if (event.key === "Backspace" && draft === "" && terms.length > 0) {
      onChange(joinTerms(terms.slice(0, -1)));
      setDraft(terms.at(-1) ?? "");
    } else if (event.key === "ArrowDown" && offers.length > 0) {
      event.preventDefault();
      setAt((at + 1) % offers.length);
    } else if (event.key === "ArrowUp" && offers.length > 0) {
      event.preventDefault();
      setAt((at + offers.length - 1) % offers.length);
    } else if (event.key === "Escape" && isOpen) {
      event.stopPropagation();
      setOpen(false);
    }
  };

  const bar = (
    <div className="query">
      <div className="query-box" data-error={error !== undefined}>
        {terms.map((term, place) => (
          <span key={`${place} ${term}`} className="query-chip">
            <button
              type="button"
              className="query-chip-text"
              aria-label={`edit ${term}`}
              onClick={() => {
                onChange(joinTerms(terms.filter((_, other) => other !== place)));
                setDraft(term);
                input.current?.focus();
              }}
            >
              <bdi>{term}</bdi>
            </button>
            <button
              type="button"
              className="query-chip-x"
              aria-label={`remove ${term}`}
              onClick={() => onChange(joinTerms(terms.filter((_, other) => other !== place)))}
            >
              ×
            </button>
          </span>
        ))}
        <input
          ref={input}
          className="query-input"
          role="combobox"
          aria-label="filter"
          aria-expanded={offers.length > 0}
          aria-controls={offers.length > 0 ? `${id}-offers` : undefined}
          aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
          aria-autocomplete="list"
          aria-invalid={error !== undefined || undefined}
          aria-describedby={error === undefined ? undefined : `${id}-error`}
          autoComplete="off"
          spellCheck={false}
          placeholder={terms.length === 0 ? `Filter: ${plain}, ${fields.slice(0, 3).map((each) => `${each.name}:`).join(" ")}…` : ""}
          value={draft}
          onChange={(event) => {
            setDraft(event.target.value);
            setAt(-1);
            setOpen(true);
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => {
            setOpen(false);
            if (draft.trim() && !draft.trim().endsWith(":")) add(draft);
          }}
          onKeyDown={onKey}
        />
        {terms.length > 0 && (
          <Button kind="quiet" isSmall label="Clear the filter" onPress={() => onChange("")}>
            ×
          </Button>
        )}
      </div>
      {offers.length > 0 && (
        <div className="query-offers" role="listbox" id={`${id}-offers`} aria-label="completions">
          {offers.map((offer, place) => (
            <div
              key={offer.text}
              id={`${id}-${place}`}
              role="option"
              tabIndex={-1}
              aria-selected={place === at}
              className="query-offer"
              onPointerDown={(event) => {
                event.preventDefault(); // the input keeps the focus
                pick(offer.text);
              }}
            >
              <code>{offer.text}</code> <span className="soft">{offer.about}</span>
            </div>
          ))}
        </div>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} className="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
  if (views === undefined) return bar;
  return (
    <div className="query-row">
      {bar}
      <SavedViews {...views} />
    </div>
  );
}

interface Offer {
  text: string;
  about: string;
}

const OFFERS_MAX = 12;

function completions(draft: string, fields: readonly QueryField[]): Offer[] {
  const colon = draft.indexOf(":");
  if (colon < 0) {
    const fitting = fields.filter((each) => each.name.startsWith(draft.trim().toLowerCase()));
    return fitting.slice(0, OFFERS_MAX).map((each) => ({ text: `${each.name}:`, about: each.about }));
  }
  const field = fields.find((each) => each.name === draft.slice(0, colon));
  const typed = draft.slice(colon + 1).toLowerCase();
  const fitting = (field?.values ?? []).filter((each) => each.toLowerCase().includes(typed));
  return fitting.slice(0, OFFERS_MAX).map((each) => ({ text: `${draft.slice(0, colon)}:${quoted(each)}`, about: "" }));
}

function quoted(value: string): string {
  return /[\s"]/.test(value) ? `"${value.replaceAll('"', '\\"')}"` : value;
}
