/** UTC, ms, that never goes back within a run. */
export function utcMs(): number {
  return performance.timeOrigin + performance.now();
}
