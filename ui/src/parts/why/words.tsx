/** Texts with what they name as links, and the four marks of conditions. */

import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Schemas } from "../../api/types.ts";
import { assetAddress } from "../../text/asset.ts";

type Ref = Schemas["RefShape"];
export type Pieces = readonly Schemas["PieceShape"][];
export type Mark = Schemas["BranchShape"]["mark"];

const part = encodeURIComponent;

/** The page of a thing that an explanation names; null: it has none that is known. */
export function addressOf(ref: Ref): string | null {
  switch (ref.kind) {
    case "run":
      return `/runs/${part(ref.id)}`;
    case "backfill":
      return `/backfills/${part(ref.id)}`;
    case "asset":
      return assetAddress(ref.id, "why"); // what is told of it here leads on to why it is so
    case "check": {
      const place = ref.id.indexOf(":");
      return `${assetAddress(ref.id.slice(0, place), "why")}&of_check=${part(ref.id.slice(place + 1))}`;
    }
    case "schedule":
    case "sensor":
      return ref.location ? `/automation/${ref.kind}/${part(ref.location)}/${part(ref.id)}` : null;
    case "tick":
      return ref.automation && ref.location ? `/automation/${ref.automation_kind}/${part(ref.location)}/${part(ref.automation)}?tick=${part(ref.id)}` : null;
    default:
      return null;
  }
}

/** A text, with links to what it names. */
export function Told({ pieces }: { pieces: Pieces }) {
  return (
    <bdi className="why-told">
      {pieces.map((piece, number) => {
        const to = piece.ref ? addressOf(piece.ref) : null;
        return to === null ? (
          <span key={number}>{withCode(piece.text)}</span>
        ) : (
          <Link key={number} href={to}>
            {piece.text}
          </Link>
        );
      })}
    </bdi>
  );
}

/** A text in which what stands between backticks is code. */
function withCode(text: string): ReactNode {
  const parts = text.split("`");
  if (parts.length < 3 || parts.length % 2 === 0) return text;
  return parts.map((each, number) => (number % 2 === 0 ? each : <code key={number}>{each}</code>));
}

/** The plain text of it. */
export function textOf(pieces: Pieces): string {
  return pieces.map((piece) => piece.text).join("");
}

const MARKS: Record<Mark, { shape: string; colour: string }> = {
  true: { shape: "✓", colour: "true" },
  false: { shape: "✕", colour: "false" },
  "not reached": { shape: "–", colour: "off" },
  unknown: { shape: "?", colour: "unknown" },
};

/** What a part of a condition said: shape and word. What was not evaluated is never shown as false. */
export function MarkSign({ mark }: { mark: Mark | null }) {
  const look = mark === null ? { shape: "∅", colour: "off" } : MARKS[mark];
  return (
    <span className="why-mark" data-mark={look.colour}>
      <span aria-hidden="true">{look.shape}</span> {mark ?? "not there"}
    </span>
  );
}
