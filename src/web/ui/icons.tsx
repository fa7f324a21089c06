/** Small pictures of controls; the word stands beside them or in the control's label. */
import type { ReactNode } from 'react';

export type IconName = 'microphone' | 'ear' | 'earOff' | 'speaker' | 'speakerOff' | 'fault' | 'look';

const icons: Readonly<Record<IconName, ReactNode>> = {
  microphone: (
    <>
      <rect x="8.5" y="2.5" width="7" height="12" rx="3.5" />
      <path d="M4.5 11.5a7.5 7.5 0 0 0 15 0M12 19v3" />
    </>
  ),
  ear: (
    <path d="M6 9a6 6 0 1 1 12 0c0 4-4 4.5-4 8a3.2 3.2 0 0 1-6 1.5M9.5 9.5a2.5 2.5 0 0 1 5 0c0 1.7-1.5 2.3-2.2 3.5" />
  ),
  earOff: <path d="M6 9a6 6 0 0 1 9.5-4.9M18 9c0 4-4 4.5-4 8a3.2 3.2 0 0 1-6 1.5M3.5 3.5l17 17" />,
  speaker: <path d="M3.5 9v6h4l5.5 4.5v-15L7.5 9zM16.5 8.5a5 5 0 0 1 0 7M19 5.5a9.2 9.2 0 0 1 0 13" />,
  speakerOff: <path d="M3.5 9v6h4l5.5 4.5v-15L7.5 9zM16.5 9.5l5 5m0-5-5 5" />,
  look: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 3.5v17a8.5 8.5 0 0 0 0-17z" fill="currentColor" />
    </>
  ),
  fault: <path d="M12 3 22 20.5H2zM12 9.5v5m0 2.6v.4" />,
};

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      {icons[name]}
    </svg>
  );
}
