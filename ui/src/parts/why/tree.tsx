/** A condition as a tree: what each part said, what was seen and what it would need; open where the answer lies. */

import { useId, useState } from "react";
import { Link } from "wouter";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../button.tsx";
import { Name } from "../name.tsx";
import { addressOf, MarkSign, Told } from "./words.tsx";

type Branch = Schemas["BranchShape"];

/** The whole tree, with what its marks mean. */
export function Tree({ tree, title = "Condition" }: { tree: Branch; title?: string }) {
  const heading = useId();
  const [shown, setShown] = useState<"blame" | "all">("blame");
  return (
    <section className="why-tree" aria-labelledby={heading}>
      <header className="why-head">
        <h2 id={heading}>{title}</h2>
        <Button isSmall kind="quiet" onPress={() => setShown(shown === "all" ? "blame" : "all")}>
          {shown === "all" ? "Only what the answer is because of" : "Open all of it"}
        </Button>
      </header>
      <p className="why-legend soft">
        <MarkSign mark="true" /> <MarkSign mark="false" /> <MarkSign mark="not reached" /> <MarkSign mark="unknown" />
        {tree.has_blame && (
          <span>
            <Because /> the answer is because of this
          </span>
        )}
      </p>
      <ul className="why-branches" key={shown}>
        <Part branch={tree} opensAll={shown === "all"} isRoot />
      </ul>
    </section>
  );
}

function Because() {
  return (
    <span className="why-because" aria-hidden="true">
      ▸
    </span>
  );
}

function Part({ branch, opensAll, isRoot = false }: { branch: Branch; opensAll: boolean; isRoot?: boolean }) {
  const [isOpen, setOpen] = useState(isRoot || opensAll || branch.has_blame);
  const hasParts = branch.children.length > 0;
  const text = hasParts && !isOpen && branch.line ? branch.line : branch.text;
  return (
    <li className="why-branch" data-blamed={branch.is_blamed || undefined}>
      <div className="why-part">
        {hasParts ? (
          <button type="button" className="why-open" aria-expanded={isOpen} aria-label={`${isOpen ? "fold" : "open"} ${branch.text}`} onClick={() => setOpen(!isOpen)}>
            <span aria-hidden="true">{isOpen ? "▾" : "▸"}</span>
          </button>
        ) : (
          <span className="why-open" aria-hidden="true" />
        )}
        <MarkSign mark={branch.mark} />
        <Subject branch={branch} text={text} />
        {branch.counts && <span className="soft">{branch.counts}</span>}
        {branch.is_blamed && (
          <span className="why-blame">
            <Because /> because of this
          </span>
        )}
      </div>
      {(branch.seen.length > 0 || branch.needed !== null) && (
        <dl className="why-leaf">
          {branch.seen.length > 0 && (
            <div>
              <dt>seen</dt>
              <dd>
                <Told pieces={branch.seen} />
              </dd>
            </div>
          )}
          {branch.needed !== null && (
            <div>
              <dt>needed</dt>
              <dd>
                <MarkSign mark={branch.needed} />
              </dd>
            </div>
          )}
          {branch.is_blamed && branch.changes.length > 0 && (
            <div>
              <dt>can change with</dt>
              <dd>
                {branch.changes.map((pieces, number) => (
                  <span key={number}>
                    {number > 0 && ", or "}
                    <Told pieces={pieces} />
                  </span>
                ))}
              </dd>
            </div>
          )}
        </dl>
      )}
      {hasParts && isOpen && (
        <ul className="why-branches">
          {branch.children.map((each, number) => (
            <Part key={number} branch={each} opensAll={opensAll} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** The words of a part; the asset it was asked about, where that is another one, is a link. */
function Subject({ branch, text }: { branch: Branch; text: string }) {
  const { entity } = branch;
  const to = entity === null ? null : addressOf(entity);
  if (entity === null || to === null || !text.startsWith(entity.id)) return <bdi className="why-text">{text}</bdi>;
  return (
    <span className="why-text">
      <Link href={to}>
        <Name text={entity.id} />
      </Link>
      <bdi>{text.slice(entity.id.length)}</bdi>
    </span>
  );
}
