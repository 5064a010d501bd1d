/** Names and ids: cut in the middle where they are long, whole in the tip; ids short, copied on click. */

import { copy } from "./copy.tsx";
import "./name.css";

/** Cuts in the middle; both ends of a name tell it from its neighbours. */
export function cut(text: string, most = 48): string {
  const signs = [...text];
  if (signs.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${signs.slice(0, head).join("")}…${signs.slice(signs.length - (most - 1 - head)).join("")}`;
}

/** A name of a user's; isolated, so that its writing direction changes nothing around it. */
export function Name({ text, most = 48 }: { text: string; most?: number }) {
  const short = cut(text, most);
  return (
    <bdi className="name" data-tip={short === text ? undefined : text}>
      {short}
    </bdi>
  );
}

const SHOWN = 8;

/** A run's or backfill's id: its first eight signs; a click copies all of it. */
export function Ident({ id }: { id: string }) {
  return (
    <button type="button" className="ident" data-tip={`${id} (copy)`} aria-label={`copy id ${id[SHOWN] === "-" ? id : `${id.slice(0, SHOWN)} ${id.slice(SHOWN)}`}`} onClick={() => void copy(id, "id")}>
      {id.slice(0, SHOWN)}
    </button>
  );
}
