/** Flags drawn here: flag letters are not rendered as pictures on every system. The country's code stands beside. */
import type { ReactNode } from 'react';

function vertical(left: string, middle: string, right: string): ReactNode {
  return (
    <>
      <path fill={left} d="M0 0h10v20H0z" />
      <path fill={middle} d="M10 0h10v20H10z" />
      <path fill={right} d="M20 0h10v20H20z" />
    </>
  );
}

function horizontal(top: string, middle: string, bottom: string): ReactNode {
  return (
    <>
      <path fill={top} d="M0 0h30v7H0z" />
      <path fill={middle} d="M0 6.7h30v7H0z" />
      <path fill={bottom} d="M0 13.3h30V20H0z" />
    </>
  );
}

const unionFlag = (
  <>
    <path fill="#012169" d="M0 0h30v20H0z" />
    <path stroke="#fff" strokeWidth="4" d="m0 0 30 20M30 0 0 20" />
    <path stroke="#c8102e" strokeWidth="1.6" d="m0 0 30 20M30 0 0 20" />
    <path stroke="#fff" strokeWidth="6.6" d="M15 0v20M0 10h30" />
    <path stroke="#c8102e" strokeWidth="4" d="M15 0v20M0 10h30" />
  </>
);

const flags: Readonly<Record<string, ReactNode>> = {
  BE: vertical('#000', '#fdda24', '#ef3340'),
  FR: vertical('#0b2a72', '#fff', '#e1000f'),
  NL: horizontal('#ae1c28', '#fff', '#21468b'),
  DE: horizontal('#000', '#d00', '#ffce00'),
  LU: horizontal('#ed2939', '#fff', '#00a1de'),
  GB: unionFlag,
};

/** Nothing for a country that has no flag here: its code says it. */
export function Flag({ country }: { country: string }) {
  const flag = flags[country];
  if (flag === undefined) return null;
  return (
    <svg className="flag" viewBox="0 0 30 20" aria-hidden="true">
      {flag}
    </svg>
  );
}
