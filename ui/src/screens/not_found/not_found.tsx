/** An address without a page: what was asked for, what may have been meant, and where one could go. */

import { Link, useLocation } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import { Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { NAVIGATION } from "../table.ts";
import "./not_found.css";

export default function NotFound() {
  const [path] = useLocation();
  const nearest = useAnswer("/api/nearest", { query: { path } });
  const found = nearest.data?.items ?? [];
  return (
    <Page title="Not found">
      <p>
        There is no page at <code>{path}</code>.
      </p>
      {found.length > 0 && (
        <section aria-labelledby="nearest">
          <h2 id="nearest">Did you mean</h2>
          <ul className="not-found">
            {found.map((each) => (
              <li key={each.to}>
                <span className="soft">{each.kind} </span>
                <Link href={each.to}>
                  <Name text={each.name} />
                </Link>
                {each.about && <span className="soft"> {each.about}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby="pages">
        <h2 id="pages">Pages</h2>
        <ul className="not-found">
          {NAVIGATION.map((each) => (
            <li key={each.path}>
              <Link href={each.path}>{each.title}</Link>
            </li>
          ))}
        </ul>
      </section>
    </Page>
  );
}
