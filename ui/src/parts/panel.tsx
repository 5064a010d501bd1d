/** A part of a page that shows an answer of the API, in all the states it can be in. */

import { useEffect, useId, useState, type ReactNode } from "react";
import type { ProblemError } from "../api/problem.ts";
import { Button } from "./button.tsx";
import { When } from "./when.tsx";
import "./panel.css";

const SKELETON_AFTER_MS = 200;

/** What a panel needs of a query. */
export interface AnswerLike<T> {
  data: T | undefined;
  error: ProblemError | null;
  isFetching: boolean;
  dataUpdatedAt: number;
  refetch: () => unknown;
}

interface Props<T> {
  /** Heading; without it the panel stands under the page's own. */
  title?: string;
  actions?: ReactNode;
  answer: AnswerLike<T>;
  children: (data: T) => ReactNode;
  /** Rows of the skeleton, so that nothing jumps when the answer is there (count). */
  rows?: number;
  /** Whether the panel takes the height that is left on the page. */
  isFilling?: boolean;
}

export function Panel<T>({ title, actions, answer, children, rows = 3, isFilling = false }: Props<T>) {
  const heading = useId();
  const { data, error } = answer;
  return (
    <section className={`panel${isFilling ? " panel-filling" : ""}`} aria-labelledby={title === undefined ? undefined : heading}>
      {(title !== undefined || actions !== undefined) && (
        <header className="panel-head">
          {title !== undefined && <h2 id={heading}>{title}</h2>}
          {actions}
        </header>
      )}
      {error !== null && data !== undefined && (
        <p className="panel-stale" role="status">
          <span aria-hidden="true">! </span>
          As of <When at={new Date(answer.dataUpdatedAt).toISOString()} />: {error.detail}{" "}
          <Button kind="quiet" isSmall onPress={() => answer.refetch()}>
            Retry
          </Button>
        </p>
      )}
      {data !== undefined ? (
        <div className={error === null ? "panel-body" : "panel-body panel-old"}>{children(data)}</div>
      ) : error !== null ? (
        <Failure problem={error} retry={answer.refetch} />
      ) : (
        <Skeleton rows={rows} />
      )}
    </section>
  );
}

/** That something could not be fetched; the rest of the page stays. */
export function Failure({ problem, retry }: { problem: ProblemError; retry?: () => unknown }) {
  const isForbidden = problem.status === 403;
  return (
    <div className="failure" role="alert" data-kind={isForbidden ? "forbidden" : "failed"}>
      <h3>
        <span aria-hidden="true">{isForbidden ? "⊘ " : "✕ "}</span>
        {problem.neededRole === null ? problem.title : `You need the role ${problem.neededRole} to see this`}
      </h3>
      <p>{problem.detail}</p>
      {problem.requestId !== null && <p className="soft">Request {problem.requestId}: it stands so in the server’s log.</p>}
      {retry !== undefined && !isForbidden && problem.status !== 404 && (
        <Button isSmall onPress={() => retry()}>
          Retry
        </Button>
      )}
    </div>
  );
}

/** Lines where the content will be; nothing for the first moment, as most answers come at once. */
export function Skeleton({ rows }: { rows: number }) {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setSlow(true), SKELETON_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <div className="skeleton" aria-busy="true" data-slow={isSlow}>
      {isSlow && <span className="visually-hidden">Loading</span>}
      {Array.from({ length: rows }, (_, place) => (
        <div key={place} className="skeleton-row" />
      ))}
    </div>
  );
}

/** That there is nothing: why, and what to do next. */
export function Empty({ title, children, actions }: { title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="empty">
      <h2 className="empty-title">{title}</h2>
      {children}
      {actions !== undefined && <div className="empty-actions">{actions}</div>}
    </div>
  );
}

/** That nothing fits the filter. */
export function NothingFits({ filter, onClear }: { filter: string; onClear: () => void }) {
  return (
    <Empty title="Nothing fits this filter" actions={<Button onPress={onClear}>Clear the filter</Button>}>
      <p>
        <code>{filter}</code>
      </p>
    </Empty>
  );
}
