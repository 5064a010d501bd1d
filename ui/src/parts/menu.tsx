/** A button that opens a menu of actions; arrows walk it, Esc closes it and gives the focus back. */

import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import "./menu.css";

export interface MenuItem {
  title: string;
  onPick: () => void;
  /** Why it cannot be done now. */
  why?: string | undefined;
  isDanger?: boolean;
  /** For items that are on or off. */
  isOn?: boolean;
}

interface Props {
  /** Said to screen readers, shown if there is no other content. */
  label: string;
  children?: ReactNode;
  items: readonly MenuItem[];
  /** Whether picking leaves it open, as for lists of things to show. */
  staysOpen?: boolean;
  /** Called when it opens, for what is fetched only then. */
  onOpen?: () => void;
}

export function Menu({ label, children, items, staysOpen = false, onOpen }: Props) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!isOpen) return undefined;
    root.current?.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
    const outside = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [isOpen]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    const entries = [...(root.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
    const at = entries.indexOf(document.activeElement as HTMLElement);
    const go = (place: number) => {
      event.preventDefault();
      entries[(place + entries.length) % entries.length]?.focus();
    };
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "ArrowDown") go(at + 1);
    else if (event.key === "ArrowUp") go(at - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(entries.length - 1);
    else if (event.key === "Tab") setOpen(false);
  };
  return (
    <div className="menu" ref={root}>
      <button
        ref={button}
        type="button"
        className="button"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={children === undefined ? undefined : label}
        onClick={() => {
          if (!isOpen) onOpen?.();
          setOpen(!isOpen);
        }}
      >
        {children ?? label}
        <span aria-hidden="true">▾</span>
      </button>
      {isOpen && (
        <div className="menu-items" role="menu" tabIndex={-1} id={id} aria-label={label} onKeyDown={onKey}>
          {items.map((item, place) => (
            <button
              key={`${place} ${item.title}`} // titles may be people's, and the same
              type="button"
              role={item.isOn === undefined ? "menuitem" : "menuitemcheckbox"}
              aria-checked={item.isOn}
              aria-disabled={item.why !== undefined || undefined}
              data-tip={item.why}
              className="menu-item"
              data-danger={item.isDanger || undefined}
              tabIndex={-1}
              onClick={() => {
                if (item.why !== undefined) return;
                if (!staysOpen) close();
                item.onPick();
              }}
            >
              {item.isOn !== undefined && <span aria-hidden="true">{item.isOn ? "✓" : "\u2003"}</span>}
              {item.title}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
