import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperationRefusal } from '../app/operations.ts';
import type { DirectLineModel } from '../model/console-model.ts';
import { clickOn } from '../model/direct-line.ts';
import { isDispatching } from '../model/operator.ts';
import { Flag } from './flag.tsx';
import { Refusal } from './refusal.tsx';
import { useSession, useView } from './session-context.tsx';
import { type ShapeName, StateShape } from './state-shape.tsx';

/** Telephones of other control rooms: one click calls, answers or hangs up; everybody sees who is on them. */
export function DirectLines() {
  const { t } = useTranslation();
  const { directLines } = useView().model;
  const [refusal, setRefusal] = useState<OperationRefusal>();
  if (directLines.length === 0) return null;
  return (
    <section className="lines" aria-label={t('line.label')}>
      <ul>
        {directLines.map((line) => (
          <LineKey key={line.consoleId} line={line} onTold={setRefusal} />
        ))}
      </ul>
      <Refusal refusal={refusal} />
    </section>
  );
}

const shapes: Readonly<Record<DirectLineModel['state'], ShapeName>> = {
  idle: 'idle',
  calling: 'connecting',
  alerting: 'requested',
  ringing: 'requested',
  talking: 'together',
};

interface LineKeyProps {
  readonly line: DirectLineModel;
  readonly onTold: (refusal: OperationRefusal | undefined) => void;
}

function LineKey({ line, onTold }: LineKeyProps) {
  const { t } = useTranslation();
  const { intercom } = useSession();
  const { model, operator } = useView();
  const { call } = model.intercom;
  const may = isDispatching(operator);
  const { consoleId, display: name, controlRoom, country, state, by, byControlRoom } = line;
  const click = clickOn(line, call);
  const act = {
    call: () => intercom.call({ consoleId }),
    answer: () => intercom.answer(),
    hangUp: () => intercom.hangUp(),
  };
  const who = [by, byControlRoom].filter((part) => part !== '').join(' · ');
  return (
    <li>
      <button
        type="button"
        className="line-key"
        data-line={state}
        data-own={click !== 'call'}
        disabled={!may}
        title={may ? undefined : t('refusal.not-permitted')}
        onClick={() => void act[click]().then(onTold)}
      >
        <StateShape name={shapes[state]} />
        <span className="line-name">
          <Flag country={country} />
          <bdi>{name}</bdi>
          {controlRoom !== '' && controlRoom !== name && <bdi className="line-room">{controlRoom}</bdi>}
        </span>
        <span className="line-state">
          {t(`line.state.${state}`)}
          {who !== '' && <bdi> · {who}</bdi>}
        </span>
        {may && (click !== 'call' || state === 'idle') && <span className="line-act">{t(`line.${click}`)}</span>}
      </button>
    </li>
  );
}
