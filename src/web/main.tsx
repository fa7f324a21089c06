/**
 * The console page. Start reading at app/console-session.ts (what it does) and ui/app.tsx (what it shows).
 */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ConsoleSession } from './app/console-session.ts';
import { OwnAccount } from './app/own-account.ts';
import { accountHash } from './app/pages.ts';
import { startTexts } from './i18n/i18n.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/top-bar.css';
import './styles/alarms.css';
import './styles/tabs.css';
import './styles/tile.css';
import './styles/plan.css';
import './styles/state-band.css';
import './styles/border.css';
import './styles/hits.css';
import './styles/direct-lines.css';
import './styles/intercom.css';
import './styles/timeline.css';
import './styles/hand-over.css';
import './styles/bridging.css';
import './styles/exercise.css';
import './styles/talker.css';
import './styles/talk-button.css';
import './styles/legs.css';
import './styles/panel.css';
import './styles/density.css';
import './styles/talk-bar.css';
import './styles/networks.css';
import './styles/service-tokens.css';
import './styles/data-page.css';
import './styles/fleet.css';
import './styles/fleet-forms.css';
import './styles/proofs.css';
import './styles/retention.css';
import './styles/map.css';
import './styles/desk.css';
import './styles/replay.css';
import './styles/recordings.css';
import './styles/gate.css';
import './styles/login.css';
import './styles/account.css';
import './styles/wall.css';
import './styles/narrow.css';
import { AccountPage } from './ui/account-page.tsx';
import { App } from './ui/app.tsx';
import { SessionProvider } from './ui/session-context.tsx';

declare const __PAGE_BUILD__: string;

function linkUrl(): string {
  const url = new URL('console/ws', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  url.search = '';
  return url.href;
}

const root = document.getElementById('console');
if (root !== null) {
  startTexts();
  if (location.hash === accountHash) showAccount(root);
  else showConsole(root);
}

function showConsole(place: HTMLElement): void {
  const session = new ConsoleSession(linkUrl(), __PAGE_BUILD__);
  session.start();
  createRoot(place).render(
    <StrictMode>
      <SessionProvider session={session}>
        <App />
      </SessionProvider>
    </StrictMode>,
  );
}

function showAccount(place: HTMLElement): void {
  const own = new OwnAccount();
  void own.start();
  window.addEventListener('hashchange', () => location.reload());
  createRoot(place).render(
    <StrictMode>
      <AccountPage own={own} />
    </StrictMode>,
  );
}
