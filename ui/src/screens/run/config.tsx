/** What a run was configured with, its tags, and what is another than in the run of its job before. */

import { Link } from "wouter";
import type { Schemas } from "../../api/types.ts";
import { Copy } from "../../parts/copy.tsx";
import { Facts } from "../../parts/facts.tsx";
import { RunLink } from "../../parts/run_words.tsx";

type Detail = Schemas["RunDetail"];

export function Config({ run }: { run: Detail }) {
  const text = JSON.stringify(run.config, null, 2);
  const tags = Object.entries(run.tags);
  return (
    <div className="run-config">
      {run.difference !== null && <Changes difference={run.difference} />}
      <section aria-labelledby="run-config">
        <h2 id="run-config">
          Config <Copy text={text} what="config" />
        </h2>
        {text === "{}" ? (
          <p className="soft">It was run with the defaults.</p>
        ) : (
          <pre className="run-code" tabIndex={0} role="region" aria-label="config as text">
            {text}
          </pre>
        )}
      </section>
      <section aria-labelledby="run-tags">
        <h2 id="run-tags">Tags</h2>
        {tags.length === 0 ? (
          <p className="soft">It has none.</p>
        ) : (
          <Facts
            items={tags.map(([key, value]) => [
              key,
              <Link key={key} href={`/runs?q=${encodeURIComponent(`tag:"${key}=${value}"`)}`}>
                {value || "(empty)"}
              </Link>,
            ])}
          />
        )}
      </section>
    </div>
  );
}

function Changes({ difference }: { difference: Schemas["Difference"] }) {
  const changes = [
    ...difference.config.map((each) => ({ ...each, what: "config" })),
    ...difference.tags.map((each) => ({ ...each, what: "tag" })),
  ];
  return (
    <section aria-labelledby="run-changes">
      <h2 id="run-changes">Other than in the run before</h2>
      <p>
        <RunLink run={difference.run} />
      </p>
      {changes.length === 0 ? (
        <p className="soft">Nothing: config and tags are the same.</p>
      ) : (
        <div className="run-made" tabIndex={0} role="region" aria-label="changes">
          <table className="run-table">
            <thead>
              <tr>
                <th scope="col">Where</th>
                <th scope="col">Before</th>
                <th scope="col">Now</th>
              </tr>
            </thead>
            <tbody>
              {changes.map((each) => (
                <tr key={`${each.what} ${each.path}`}>
                  <th scope="row">
                    <span className="soft">{each.what}</span> <code>{each.path}</code>
                  </th>
                  <td>{each.before === null ? <span className="soft">not there</span> : <del>{each.before}</del>}</td>
                  <td>{each.after === null ? <span className="soft">not there</span> : <ins>{each.after}</ins>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
