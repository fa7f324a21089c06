/** Escaut's mark: a river that crosses a border. */
export function Wordmark() {
  return (
    <svg className="wordmark" viewBox="0 0 32 32" aria-hidden="true">
      <path className="wordmark-border" d="M16 4v24" />
      <path className="wordmark-river" d="M3 22c6 0 6.5-12 13-12s7 12 13 12" />
    </svg>
  );
}
