/** The one tooltip: shows `data-tip` of what is pointed at or has the focus. */

import { useEffect, useRef, useState } from "react";
import "./tip.css";

interface Shown {
  text: string;
  x: number;
  y: number;
  isAbove: boolean;
}

const DELAY_MS = 350;

/** Stands once, beside the app. */
export function TipLayer() {
  const [shown, setShown] = useState<Shown | null>(null);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => {
    const hide = () => {
      window.clearTimeout(timer.current);
      setShown(null);
    };
    const show = (event: Event) => {
      const at = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
      const inner = event.type === "focusin" && event.target instanceof Element ? event.target.querySelector("[data-tip]") : null;
      const found = at ?? inner;
      const text = found?.getAttribute("data-tip");
      hide();
      if (!found || !text) return;
      timer.current = window.setTimeout(
        () => {
          const box = found.getBoundingClientRect();
          const isAbove = box.bottom + 60 > window.innerHeight;
          setShown({ text, x: Math.min(box.left, window.innerWidth - 220), y: isAbove ? box.top - 6 : box.bottom + 6, isAbove });
        },
        event.type === "focusin" ? 0 : DELAY_MS,
      );
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") hide();
    };
    document.addEventListener("pointerover", show);
    document.addEventListener("focusin", show);
    document.addEventListener("focusout", hide);
    document.addEventListener("scroll", hide, true);
    document.addEventListener("pointerdown", hide);
    document.addEventListener("keydown", onKey);
    return () => {
      hide();
      document.removeEventListener("pointerover", show);
      document.removeEventListener("focusin", show);
      document.removeEventListener("focusout", hide);
      document.removeEventListener("scroll", hide, true);
      document.removeEventListener("pointerdown", hide);
      document.removeEventListener("keydown", onKey);
    };
  }, []);
  if (shown === null) return null;
  return (
    <div className="tip" role="tooltip" data-above={shown.isAbove} style={{ left: Math.max(4, shown.x), top: shown.y }}>
      {shown.text}
    </div>
  );
}
