/** An address without a page: what was asked for, and where one could go. */

import { Link, useLocation } from "wouter";
import { Page } from "../../parts/page.tsx";
import { SCREENS } from "../table.ts";

export default function NotFound() {
  const [path] = useLocation();
  return (
    <Page title="Not found">
      <p>
        There is no page at <code>{path}</code>.
      </p>
      <ul>
        {SCREENS.filter((each) => each.nav !== undefined).map((each) => (
          <li key={each.path}>
            <Link href={each.path}>{each.nav?.title}</Link>
          </li>
        ))}
      </ul>
    </Page>
  );
}
