/**
 * The announcements that come with the gateway (domain reference, part A); a configuration may give other texts. That
 * traffic is recorded is not said: it is not, yet.
 */
import type { AnnouncementText } from './announcement-text.ts';

export const announcementTexts: readonly AnnouncementText[] = [
  {
    id: 'ann-open',
    fr: 'Liaison transfrontalière ouverte sur {group}.',
    nl: 'Grensverbinding geopend op {group}.',
    en: 'Cross-border link open on {group}.',
  },
  {
    id: 'ann-close',
    fr: 'Fin de liaison transfrontalière dans une minute. Revenez sur vos groupes habituels.',
    nl: 'Grensverbinding sluit over één minuut. Ga terug naar uw gewone groep.',
    en: 'Cross-border link closes in one minute. Return to your normal group.',
  },
  {
    id: 'ann-closed',
    fr: 'Liaison transfrontalière fermée.',
    nl: 'Grensverbinding gesloten.',
    en: 'Cross-border link closed.',
  },
  {
    id: 'ann-emg',
    fr: 'Détresse. Détresse. {call_sign}, {place}. Silence radio.',
    nl: 'Noodoproep. Noodoproep. {call_sign}, {place}. Radiostilte.',
    en: 'Emergency. Emergency. {call_sign}, {place}. Keep radio silence.',
  },
  {
    id: 'ann-emg-end',
    fr: 'Fin de détresse. Reprise du trafic normal.',
    nl: 'Einde noodoproep. Normaal verkeer hervat.',
    en: 'Emergency over. Resume normal traffic.',
  },
  {
    id: 'ann-crossing',
    fr: 'Franchissement de frontière à {place}, {time}.',
    nl: 'Grens overgestoken aan {place}, {time}.',
    en: 'Border crossed at {place}, {time}.',
  },
  {
    id: 'ann-stop',
    fr: "Ordre d'arrêt de la poursuite donné par {authority}. Je répète, arrêtez la poursuite.",
    nl: 'Bevel tot stopzetting van de achtervolging door {authority}. Ik herhaal, stop de achtervolging.',
    en: 'Pursuit stop order from {authority}. I say again, stop the pursuit.',
  },
];
