import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { suggestLanguage } from '../i18n/i18n.ts';
import { AlarmBanner } from './alarm-banner.tsx';
import { Announcer } from './announcer.tsx';
import { DeskNotices } from './desk-notices.tsx';
import { DirectLines } from './direct-lines.tsx';
import { EmergencyCalls } from './emergency-calls.tsx';
import { ExerciseBanner } from './exercise.tsx';
import { FleetView } from './fleet-view.tsx';
import { Gate } from './gate.tsx';
import { GroupGrid } from './group-grid.tsx';
import { GroupPanel } from './group-panel.tsx';
import { HandOverCalls } from './hand-over-calls.tsx';
import { HandOverView } from './hand-over-view.tsx';
import { HitCalls } from './hit-calls.tsx';
import { HitsView } from './hits-view.tsx';
import { IntercomStrip } from './intercom-strip.tsx';
import { LockView } from './login-view.tsx';
import { MapView } from './map-view.tsx';
import { MultiBanner } from './multi-select.tsx';
import { NetworksView } from './networks-view.tsx';
import { PlanStrips } from './plan-strip.tsx';
import { ProofsView } from './proofs-view.tsx';
import { RecordingsView } from './recordings-view.tsx';
import { useSession, useView } from './session-context.tsx';
import { TabBar } from './tab-bar.tsx';
import { TalkBar } from './talk-bar.tsx';
import { TimelineView } from './timeline-view.tsx';
import { TopBar } from './top-bar.tsx';
import { useKeys } from './use-keys.ts';
import { useName } from './use-name.ts';
import { Wall } from './wall.tsx';

/** The whole page: the console once the gateway has shown its groups, the gate before and when it is refused. */
export function App() {
  const { t } = useTranslation();
  const session = useSession();
  const { link, model, operator, page } = useView();
  const name = useName(model.gatewayName);
  const grid = useRef<HTMLElement>(null);
  const typing = useKeys(grid);
  const language = operator?.language;
  useEffect(() => suggestLanguage(language ?? ''), [language]);
  useEffect(() => {
    document.title = name || t('app.console');
  }, [name, t]);
  if (model.gatewayName === undefined || link.phase === 'refused') return <Gate link={link} />;
  if (model.locked) return <LockView />;
  if (session.isWall) return <Wall />;
  return (
    <div className="console" data-link={link.lostAtMs === undefined ? 'live' : 'lost'}>
      <a className="skip" href="#groups">
        {t('app.skip')}
      </a>
      <TopBar />
      <div className="banners">
        <EmergencyCalls />
        <IntercomStrip />
        <HitCalls />
        <ExerciseBanner />
        <HandOverCalls />
        <AlarmBanner />
        <PlanStrips />
        <DeskNotices />
        <MultiBanner />
        <DirectLines />
      </div>
      {page === 'networks' ? (
        <NetworksView />
      ) : page === 'hits' ? (
        <HitsView />
      ) : page === 'hand-over' ? (
        <HandOverView />
      ) : page === 'fleet' ? (
        <FleetView />
      ) : page === 'proofs' ? (
        <ProofsView />
      ) : page === 'timeline' ? (
        <TimelineView />
      ) : page === 'recordings' ? (
        <RecordingsView />
      ) : page === 'map' ? (
        <MapView />
      ) : (
        <>
          <TabBar />
          <GroupGrid grid={grid} />
          <GroupPanel />
        </>
      )}
      <TalkBar typing={typing} />
      <Announcer />
    </div>
  );
}
