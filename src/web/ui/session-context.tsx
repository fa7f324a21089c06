/** Hands the console session to the components. */
import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react';
import type { ConsoleSession, ConsoleView } from '../app/console-session.ts';
import type { DeskView } from '../app/desk.ts';
import type { FleetView } from '../app/fleet.ts';
import type { SheetsView } from '../app/hand-over-sheets.ts';
import type { LookView } from '../app/look.ts';
import type { ProofsShown } from '../app/proofs.ts';
import type { RecallView } from '../app/recall.ts';
import type { RecordingsView } from '../app/recordings.ts';
import type { RetentionShown } from '../app/retention.ts';
import type { TimelineView } from '../app/timeline.ts';
import type { LoginModel } from '../model/login.ts';

const SessionContext = createContext<ConsoleSession | undefined>(undefined);

export function SessionProvider({ session, children }: { session: ConsoleSession; children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): ConsoleSession {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('no console session around this component');
  return session;
}

/** What the console shows at present; renders again when it changes. */
export function useView(): ConsoleView {
  const { store } = useSession();
  return useSyncExternalStore(store.watchFrames, store.get);
}

/** How this desk is set up. */
export function useDesk(): DeskView {
  const { store } = useSession().desk;
  return useSyncExternalStore(store.watch, store.get);
}

/** How the page looks. */
export function useLook(): LookView {
  const { store } = useSession().look;
  return useSyncExternalStore(store.watch, store.get);
}

/** How far whoever logs in has come. */
export function useLogin(): LoginModel {
  const { store } = useSession().login;
  return useSyncExternalStore(store.watch, store.get);
}

/** What is heard again. */
export function useRecall(): RecallView {
  const { store } = useSession().recall;
  return useSyncExternalStore(store.watch, store.get);
}

/** Permanent recordings. */
export function useRecordings(): RecordingsView {
  const { store } = useSession().recordings;
  return useSyncExternalStore(store.watch, store.get);
}

/** What happened. */
export function useTimeline(): TimelineView {
  const { store } = useSession().timeline;
  return useSyncExternalStore(store.watchFrames, store.get);
}

/** Versions of the fleet data. */
export function useFleet(): FleetView {
  const { store } = useSession().fleet;
  return useSyncExternalStore(store.watch, store.get);
}

/** Proofs of the lines. */
export function useProofs(): ProofsShown {
  const { store } = useSession().proofs;
  return useSyncExternalStore(store.watch, store.get);
}

/** How long evidence is kept. */
export function useRetention(): RetentionShown {
  const { store } = useSession().retention;
  return useSyncExternalStore(store.watch, store.get);
}

/** Sheets of hand-overs. */
export function useSheets(): SheetsView {
  const { store } = useSession().sheets;
  return useSyncExternalStore(store.watch, store.get);
}
