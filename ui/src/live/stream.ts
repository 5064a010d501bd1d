/**
 * The live stream: one for each tab. It follows the topics of what is on screen, tells at most once a second which of
 * them have changed, stops while the tab is hidden, and resumes where it was.
 */

import type { QueryClient } from "@tanstack/react-query";
import { makeAllOld, makeOld } from "../api/hooks.ts";
import { setStreaming } from "./fallback.ts";
import { onWanted, wantedTopics } from "./topics.ts";
import { setConnection } from "./connection.ts";

const TOLD_EVERY_MS = 1_000;
/** The server says something every 15 seconds; a stream that is silent for so long is dead, though nobody said so. */
const SILENT_MS = 40_000;
const DEBOUNCE_MS = 60;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 15_000;
/** The server takes no more of them; whatever else changes is asked for now and then. */
const TOPICS_MAX = 200;
/** The frame's, and that of the first screen, whose answers came with the page. */
const FIRST_OPENINGS = 2;
const SERVICE = "/api/service";

interface Change {
  topic: string;
  ids: string[] | null;
}

class Stream {
  private source: EventSource | null = null;
  private topics: ReadonlySet<string> = new Set();
  private lastId = "";
  private readonly changed = new Set<string>();
  private toldAt = -Infinity;
  private telling: number | undefined;
  private opening: number | undefined;
  private watching: number | undefined;
  private failures = 0;
  /** How often it was opened for topics; and where it was when what is on screen last asked for others. */
  private openings = 0;
  private wantedSince = "";

  constructor(private readonly cache: QueryClient) {}

  /** Begins to follow what is on screen; returns how to stop. */
  start(): () => void {
    const ends = [
      onWanted(() => this.follow(DEBOUNCE_MS)),
      listen(document, "visibilitychange", () => (document.hidden ? this.pause() : this.follow(0))),
      listen(window, "online", () => this.retryNow()),
      // Before anybody logged in there is nothing to follow: the first answer about the service says that it may begin.
      this.cache.getQueryCache().subscribe((event) => {
        if (event.type === "updated" && event.query.queryKey[0] === SERVICE && this.source === null) this.follow(DEBOUNCE_MS);
      }),
    ];
    this.follow(DEBOUNCE_MS);
    return () => {
      for (const end of ends) end();
      this.pause();
      window.clearTimeout(this.telling);
    };
  }

  /** Opens the stream, or another one when there are topics that it does not follow. */
  private follow(afterMs: number): void {
    if (document.hidden || this.opening !== undefined) return;
    this.wantedSince = this.lastId;
    this.opening = window.setTimeout(() => {
      this.opening = undefined;
      const wanted = wantedTopics().slice(0, TOPICS_MAX);
      if (this.cache.getQueryData([SERVICE]) === undefined) return;
      const isCovered = this.source !== null && wanted.every((topic) => this.topics.has(topic));
      if (!isCovered && wanted.length > 0 && !document.hidden) this.open(new Set(wanted));
    }, afterMs);
  }

  private open(topics: ReadonlySet<string>): void {
    this.topics = topics;
    const params = new URLSearchParams([...topics].map((topic) => ["topic", topic]));
    // A topic that was not followed until now may have changed since its answer was made: for the first screen, since
    // the page was made. To hear of a change twice costs a question; not to hear of it shows what is not so any more.
    const after = (this.openings < FIRST_OPENINGS ? "" : this.wantedSince) || this.firstPosition();
    this.openings += 1;
    if (after) params.set("after", after);
    this.source?.close();
    const source = new EventSource(`/api/live?${params.toString()}`);
    this.source = source;
    source.onopen = () => {
      if (this.source !== source) return;
      this.failures = 0;
      setStreaming(true);
      setConnection("open");
      this.watch();
    };
    source.onerror = () => this.source === source && this.lost();
    source.addEventListener("change", (event) => this.heard(event) && this.note(event));
    source.addEventListener("beat", (event) => this.heard(event));
    source.addEventListener("reset", (event) => {
      this.heard(event);
      void makeAllOld(this.cache);
    });
  }

  /** Where the answers that came with the page were: what happened since is told first. */
  private firstPosition(): string {
    return this.cache.getQueryData<{ live?: string }>([SERVICE])?.live ?? "";
  }

  private heard(event: MessageEvent): true {
    if (event.lastEventId) this.lastId = event.lastEventId;
    this.watch();
    return true;
  }

  private watch(): void {
    window.clearTimeout(this.watching);
    this.watching = window.setTimeout(() => this.lost(), SILENT_MS);
  }

  private note(event: MessageEvent<string>): void {
    this.changed.add((JSON.parse(event.data) as Change).topic);
    if (this.telling !== undefined) return;
    const wait = Math.max(0, this.toldAt + TOLD_EVERY_MS - performance.now());
    this.telling = window.setTimeout(() => {
      this.telling = undefined;
      this.toldAt = performance.now();
      const topics = [...this.changed];
      this.changed.clear();
      void makeOld(this.cache, topics);
    }, wait);
  }

  /** Nobody tells of changes any more: whether the server is there at all is found out at once. */
  private lost(): void {
    this.close();
    setStreaming(false);
    void this.probe();
    this.failures += 1;
    // Not all tabs at once: a server that comes back should not be run over.
    const pause = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (this.failures - 1)) * (0.75 + Math.random() / 2);
    window.clearTimeout(this.opening);
    this.opening = undefined;
    this.follow(pause);
  }

  private retryNow(): void {
    if (this.source !== null) return;
    window.clearTimeout(this.opening);
    this.opening = undefined;
    this.follow(0);
  }

  private async probe(): Promise<void> {
    try {
      await fetch("/api/service", { headers: { Accept: "application/json" }, cache: "no-store" });
      setConnection("open"); // it answers, and only tells of nothing: it is asked now and then
    } catch {
      setConnection("lost");
    }
  }

  private pause(): void {
    window.clearTimeout(this.opening);
    this.opening = undefined;
    this.close();
  }

  private close(): void {
    window.clearTimeout(this.watching);
    this.source?.close();
    this.source = null;
    this.topics = new Set();
  }
}

function listen(target: EventTarget, name: string, told: () => void): () => void {
  target.addEventListener(name, told);
  return () => target.removeEventListener(name, told);
}

/** Has what is on screen follow what happens; returns how to stop. */
export function startStream(cache: QueryClient): () => void {
  return new Stream(cache).start();
}
