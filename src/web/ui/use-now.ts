/** The page's monotonic clock for what shows time passing. */
import { useEffect, useState } from 'react';

/** `performance.now()`, renewed every so many ms; stands still while `everyMs` is undefined. */
export function useNow(everyMs: number | undefined): number {
  const [nowMs, setNowMs] = useState(() => performance.now());
  useEffect(() => {
    if (everyMs === undefined) return;
    setNowMs(performance.now());
    const timer = setInterval(() => setNowMs(performance.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}
