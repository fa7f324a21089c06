import { useTranslation } from 'react-i18next';
import type { Texts } from '../i18n/i18n.ts';
import type { FleetFault } from '../model/fleet.ts';

/** What is wrong, in the words of whoever reads. */
export function FaultText({ fault: { code, params = {} } }: { fault: FleetFault }) {
  const { t, i18n } = useTranslation();
  const isKnown = code !== undefined && i18n.exists(`fleet.problem.${code}`);
  const known = (isKnown ? code : 'other') as keyof Texts['fleet']['problem'];
  return t(`fleet.problem.${known}`, params);
}
