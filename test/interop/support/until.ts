/** Waiting for conditions: never for longer than said, and never without saying for what. */

/** Resolves with the ms that it took. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<number> {
  const startMs = performance.now();
  for (;;) {
    if (await condition()) return performance.now() - startMs;
    if (performance.now() - startMs > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** Real-time sound needs its real time; for nothing else. */
export function playing(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
