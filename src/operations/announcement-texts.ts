/**
 * The announcements that come with the gateway (domain reference, part A); a configuration may give other texts. None
 * says that traffic is recorded: docs/bridging.md.
 */
import type { AnnouncementText } from './announcement-text.ts';

export const announcementTexts: readonly AnnouncementText[] = [
  {
    id: 'ann-open',
    fr: 'Liaison transfrontalière ouverte sur {group}.',
    nl: 'Grensverbinding geopend op {group}.',
    en: 'Cross-border link open on {group}.',
    de: 'Grenzverbindung auf {group} geöffnet.',
  },
  {
    id: 'ann-close',
    fr: 'Fin de liaison transfrontalière dans une minute. Revenez sur vos groupes habituels.',
    nl: 'Grensverbinding sluit over één minuut. Ga terug naar uw gewone groep.',
    en: 'Cross-border link closes in one minute. Return to your normal group.',
    de: 'Die Grenzverbindung endet in einer Minute. Kehren Sie in Ihre gewohnte Gruppe zurück.',
  },
  {
    id: 'ann-closed',
    fr: 'Liaison transfrontalière fermée.',
    nl: 'Grensverbinding gesloten.',
    en: 'Cross-border link closed.',
    de: 'Grenzverbindung geschlossen.',
  },
  {
    id: 'ann-exercise',
    fr: 'Exercice. Exercice.',
    nl: 'Oefening. Oefening.',
    en: 'Exercise. Exercise.',
    de: 'Übung. Übung.',
  },
  {
    id: 'ann-real',
    fr: 'Situation réelle. Situation réelle. Tout ce qui suit est réel.',
    nl: 'Dit is echt. Dit is echt. Alles wat volgt is echt.',
    en: 'Real event. Real event. All that follows is real.',
    de: 'Ernstfall. Ernstfall. Alles Folgende ist echt.',
  },
  {
    id: 'ann-emg',
    fr: 'Détresse. Détresse. {call_sign}, {place}. Silence radio.',
    nl: 'Noodoproep. Noodoproep. {call_sign}, {place}. Radiostilte.',
    en: 'Emergency. Emergency. {call_sign}, {place}. Keep radio silence.',
    de: 'Notruf. Notruf. {call_sign}, {place}. Funkstille.',
  },
  {
    id: 'ann-emg-end',
    fr: 'Fin de détresse. Reprise du trafic normal.',
    nl: 'Einde noodoproep. Normaal verkeer hervat.',
    en: 'Emergency over. Resume normal traffic.',
    de: 'Notruf beendet. Normaler Funkverkehr.',
  },
  {
    id: 'ann-crossing',
    fr: 'Franchissement de frontière à {place}, {time}.',
    nl: 'Grens overgestoken aan {place}, {time}.',
    en: 'Border crossed at {place}, {time}.',
    de: 'Grenzübertritt bei {place}, {time}.',
  },
  {
    id: 'ann-stop',
    fr: "Ordre d'arrêt de la poursuite donné par {authority}. Je répète, arrêtez la poursuite.",
    nl: 'Bevel tot stopzetting van de achtervolging door {authority}. Ik herhaal, stop de achtervolging.',
    en: 'Pursuit stop order from {authority}. I say again, stop the pursuit.',
    de: 'Verfolgung einstellen, Befehl von {authority}. Ich wiederhole, Verfolgung einstellen.',
  },
  {
    id: 'ann-pours-start',
    fr: 'Attention. Poursuite en cours depuis {origin}, secteur {place}. Équipages disponibles, passez sur {group}.',
    nl: 'Opgelet. Achtervolging bezig vanuit {origin}, sector {place}. Beschikbare ploegen, ga naar {group}.',
    en: 'Attention. Pursuit in progress from {origin}, sector {place}. Available units, switch to {group}.',
    de: 'Achtung. Verfolgung aus {origin}, Bereich {place}. Freie Streifen, schalten Sie auf {group}.',
  },
  {
    id: 'ann-hit',
    fr: 'Hit confirmé. {vehicle}, {place}, direction {heading}. Ne pas intercepter sans ordre.',
    nl: 'Hit bevestigd. {vehicle}, {place}, richting {heading}. Niet onderscheppen zonder bevel.',
    en: 'Hit confirmed. {vehicle}, {place}, heading {heading}. Do not intercept without an order.',
    de: 'Treffer bestätigt. {vehicle}, {place}, Richtung {heading}. Nicht ohne Befehl anhalten.',
  },
  {
    id: 'ann-plan-level',
    fr: 'Plan frontières, niveau {level}, {level_name}. Commandement sur {group}.',
    nl: 'Grensplan, niveau {level}, {level_name}. Commando op {group}.',
    en: 'Border plan, level {level}, {level_name}. Command on {group}.',
    de: 'Grenzplan, Stufe {level}, {level_name}. Führung auf {group}.',
  },
  {
    id: 'ann-plan-end',
    fr: 'Fin du plan frontières. Levez les points de contrôle. Compte rendu à votre salle.',
    nl: 'Einde grensplan. Hef de posten op. Breng verslag uit aan uw meldkamer.',
    en: 'Border plan ended. Release the posts. Report to your control room.',
    de: 'Ende des Grenzplans. Heben Sie die Posten auf. Meldung an Ihre Leitstelle.',
  },
  {
    id: 'ann-enl',
    fr: 'Alerte enlèvement. Consultez le message écrit. Aucun nom sur les ondes.',
    nl: 'Child Alert. Lees het tekstbericht. Geen namen over de radio.',
    en: 'Child abduction alert. Read the text message. No names on the air.',
    de: 'Entführungsalarm. Lesen Sie die Textnachricht. Keine Namen über Funk.',
  },
  {
    id: 'ann-degraded',
    fr: 'Liaison dégradée vers {network}. Messages courts. Priorité aux urgences.',
    nl: 'Verbinding met {network} beperkt. Korte berichten. Voorrang voor noodgevallen.',
    en: 'Link to {network} degraded. Keep messages short. Emergencies first.',
    de: 'Verbindung zu {network} eingeschränkt. Kurze Meldungen. Notfälle haben Vorrang.',
  },
  {
    id: 'ann-lost',
    fr: 'Liaison vers {network} perdue. Passez par votre salle.',
    nl: 'Verbinding met {network} verbroken. Ga via uw meldkamer.',
    en: 'Link to {network} lost. Go through your control room.',
    de: 'Verbindung zu {network} unterbrochen. Gehen Sie über Ihre Leitstelle.',
  },
  {
    id: 'ann-back',
    fr: 'Liaison vers {network} rétablie.',
    nl: 'Verbinding met {network} hersteld.',
    en: 'Link to {network} restored.',
    de: 'Verbindung zu {network} wiederhergestellt.',
  },
];
