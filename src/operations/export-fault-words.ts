/**
 * What stopped an export and what is to be done, in the languages of the page, for answers of REST and `escaut export`. The page
 * has the same texts of its own, which a test holds equal. Pure.
 */
import type { ExportFault } from './export-fault.ts';

type Words = Readonly<Record<ExportFault, string>>;

const words: Readonly<Record<'fr' | 'nl' | 'en' | 'de', Words>> = {
  fr: {
    'nothing-there':
      'Le journal ne dit rien de cette période. Vérifiez la période et les groupes, puis redemandez l’export.',
    'unknown-group': 'Un de ses groupes n’est plus configuré. Redemandez l’export sans ce groupe.',
    'unknown-incident': 'Le journal ne connaît pas d’incident de ce nom. Vérifiez le nom, puis redemandez l’export.',
    'unknown-person': 'Une des deux personnes n’est plus configurée. Redemandez l’export avec quelqu’un d’autre.',
    'too-many-entries':
      'Le journal a plus d’entrées de cette période qu’un paquet n’en prend (500 000). Choisissez une période plus courte.',
    'too-large': 'Ce serait plus qu’un paquet ne contient. Choisissez une période plus courte ou moins de groupes.',
    'took-too-long':
      'Il n’était pas construit après une demi-heure. Choisissez une période plus courte ou moins de groupes.',
    'file-there': 'Un fichier de ce nom existe déjà, et rien n’est écrasé. Choisissez un autre nom.',
    'not-permitted':
      'Une des deux personnes ne peut pas, ou plus, exporter d’enregistrements. Redemandez l’export avec deux personnes qui le peuvent.',
    'second-person-is-the-first': 'Les deux sont la même personne. Nommez quelqu’un d’autre comme seconde personne.',
    'second-person-may-not': 'La seconde personne ne peut pas exporter ces enregistrements. Choisissez-en une autre.',
    'second-person-same-country':
      'Ces groupes concernent plusieurs pays. Choisissez une seconde personne d’un autre pays.',
    'not-own-country':
      'Le droit du pays de qui l’a demandé ne lui donne pas tous ces groupes. Choisissez-en d’autres, ou faites demander l’export par quelqu’un de l’autre pays.',
    'log-of-another-law':
      'Le journal de cette période nomme des groupes d’un pays dont aucune des deux personnes n’est. Choisissez une personne de ce pays ou une période plus courte.',
    'recording-changed': 'Un enregistrement était encore en cours d’écriture. Redemandez l’export dans une minute.',
    'recording-key-missing':
      'La clé maîtresse qui ouvre ses enregistrements manque. Appelez le support technique, puis redemandez l’export.',
    'records-unreadable':
      'Les fiches de franchissement ne peuvent pas être lues. Appelez le support technique, puis redemandez l’export.',
    'log-missing': 'Le journal de preuve n’est pas à sa place. Appelez le support technique.',
    'signing-key': 'La clé qui signe les paquets ne peut pas être utilisée. Appelez le support technique.',
    'store-away':
      'La base de données du journal n’a pas répondu. Redemandez l’export dans quelques minutes ; s’il échoue encore, appelez le support technique.',
    'disk-full': 'Le disque est plein. Appelez le support technique, puis redemandez l’export.',
    'broke-off':
      'Il s’est interrompu sans dire pourquoi. Redemandez l’export ; s’il échoue encore, appelez le support technique.',
    'gateway-ended':
      'La passerelle s’est arrêtée trois fois pendant sa construction. Prévenez le support technique, et redemandez l’export quand la passerelle tient.',
    'package-lost': 'Le paquet n’est plus là où il était. Redemandez l’export et prévenez le support technique.',
    'package-unreadable': 'Le paquet ne peut pas être lu. Redemandez l’export et prévenez le support technique.',
    other: 'Il n’a pas pu être fait. Le journal dit pourquoi ; appelez le support technique.',
  },
  nl: {
    'nothing-there': 'Het logboek zegt niets over die tijd. Controleer tijd en groepen en vraag de export opnieuw.',
    'unknown-group': 'Een van de groepen is niet meer geconfigureerd. Vraag de export opnieuw zonder die groep.',
    'unknown-incident': 'Het logboek kent geen incident met die naam. Controleer de naam en vraag de export opnieuw.',
    'unknown-person':
      'Een van de twee personen is niet meer geconfigureerd. Vraag de export opnieuw met iemand anders.',
    'too-many-entries':
      'Het logboek heeft over die tijd meer regels dan een pakket aankan (500 000). Kies een kortere tijd.',
    'too-large': 'Het zou meer zijn dan een pakket kan bevatten. Kies een kortere tijd of minder groepen.',
    'took-too-long': 'Na een half uur was hij nog niet klaar. Kies een kortere tijd of minder groepen.',
    'file-there': 'Er is al een bestand met die naam, en niets wordt overschreven. Kies een andere naam.',
    'not-permitted':
      'Een van beiden mag geen opnames exporteren, of niet meer. Vraag de export opnieuw met twee personen die het mogen.',
    'second-person-is-the-first': 'Beiden zijn dezelfde persoon. Noem iemand anders als tweede persoon.',
    'second-person-may-not': 'De tweede persoon mag deze opnames niet exporteren. Kies iemand anders.',
    'second-person-same-country': 'Deze groepen betreffen meerdere landen. Kies een tweede persoon van een ander land.',
    'not-own-country':
      'Het recht van het land van de aanvrager geeft hem niet al deze groepen. Kies andere, of laat iemand van het andere land de export vragen.',
    'log-of-another-law':
      'Het logboek van die tijd noemt groepen van een land waarvan geen van beiden is. Kies iemand van dat land, of een kortere tijd.',
    'recording-changed': 'Een opname werd nog geschreven. Vraag de export over een minuut opnieuw.',
    'recording-key-missing':
      'De hoofdsleutel die de opnames opent ontbreekt. Bel de technische dienst en vraag de export daarna opnieuw.',
    'records-unreadable':
      'De grensfiches kunnen niet worden gelezen. Bel de technische dienst en vraag de export daarna opnieuw.',
    'log-missing': 'Het bewijslogboek staat niet waar het hoort. Bel de technische dienst.',
    'signing-key': 'De sleutel die pakketten ondertekent is niet bruikbaar. Bel de technische dienst.',
    'store-away':
      'De databank van het logboek antwoordde niet. Vraag de export over enkele minuten opnieuw; mislukt hij weer, bel de technische dienst.',
    'disk-full': 'De schijf is vol. Bel de technische dienst en vraag de export daarna opnieuw.',
    'broke-off':
      'Hij brak af zonder te zeggen waarom. Vraag de export opnieuw; mislukt hij weer, bel de technische dienst.',
    'gateway-ended':
      'De gateway stopte drie keer terwijl hij werd gemaakt. Meld het aan de technische dienst en vraag de export opnieuw zodra de gateway blijft draaien.',
    'package-lost':
      'Het pakket ligt niet meer waar het lag. Vraag de export opnieuw en meld het aan de technische dienst.',
    'package-unreadable':
      'Het pakket kan niet worden gelezen. Vraag de export opnieuw en meld het aan de technische dienst.',
    other: 'Hij kon niet worden gemaakt. Het logboek zegt waarom; bel de technische dienst.',
  },
  en: {
    'nothing-there': 'The log says nothing of that time. Check time and groups, then order it again.',
    'unknown-group': 'One of its groups is no longer configured. Order it again without that group.',
    'unknown-incident': 'The log knows no incident of that name. Check the name, then order it again.',
    'unknown-person': 'One of the two persons is no longer configured. Order it again with somebody else.',
    'too-many-entries': 'The log has more entries of that time than a package takes (500 000). Choose a shorter time.',
    'too-large': 'It would be more than a package holds. Choose a shorter time, or fewer groups.',
    'took-too-long': 'It was not built within half an hour. Choose a shorter time, or fewer groups.',
    'file-there': 'A file of that name is there already, and nothing is written over. Choose another name.',
    'not-permitted': 'One of the two may not export recordings, or no longer. Order it again with two persons who may.',
    'second-person-is-the-first': 'Both are the same person. Name somebody else as the second.',
    'second-person-may-not': 'The second person may not export these recordings. Choose another one.',
    'second-person-same-country': 'These groups concern several countries. Choose a second person of another country.',
    'not-own-country':
      'The law of the country of whoever ordered it does not give him all these groups. Choose others, or let somebody of that country order it.',
    'log-of-another-law':
      'The log of that time names groups of a country of which neither person is. Choose a person of that country, or a shorter time.',
    'recording-changed': 'A recording was still being written. Order it again in a minute.',
    'recording-key-missing':
      'The master key that opens its recordings is missing. Call technical support, then order it again.',
    'records-unreadable': 'The border records cannot be read. Call technical support, then order it again.',
    'log-missing': 'The log of evidence is not where it should be. Call technical support.',
    'signing-key': 'The key that signs packages cannot be used. Call technical support.',
    'store-away':
      'The database of the log did not answer. Order it again in a few minutes; if it fails again call technical support.',
    'disk-full': 'The disk is full. Call technical support, then order it again.',
    'broke-off': 'It broke off and did not say why. Order it again; if it fails again call technical support.',
    'gateway-ended':
      'The gateway ended three times while it was built. Tell technical support, and order it again once the gateway stays up.',
    'package-lost': 'The package is not where it lay. Order it again, and tell technical support.',
    'package-unreadable': 'The package cannot be read. Order it again, and tell technical support.',
    other: 'It could not be made. The log says why; call technical support.',
  },
  de: {
    'nothing-there':
      'Das Protokoll sagt nichts von dieser Zeit. Zeit und Gruppen prüfen, dann den Export neu verlangen.',
    'unknown-group': 'Eine der Gruppen ist nicht mehr konfiguriert. Den Export ohne diese Gruppe neu verlangen.',
    'unknown-incident':
      'Das Protokoll kennt keinen Einsatz dieses Namens. Den Namen prüfen, dann den Export neu verlangen.',
    'unknown-person':
      'Eine der beiden Personen ist nicht mehr konfiguriert. Den Export mit jemand anderem neu verlangen.',
    'too-many-entries':
      'Das Protokoll hat von dieser Zeit mehr Einträge, als ein Paket fasst (500 000). Eine kürzere Zeit wählen.',
    'too-large': 'Es wäre mehr, als ein Paket fasst. Eine kürzere Zeit oder weniger Gruppen wählen.',
    'took-too-long': 'Nach einer halben Stunde war er nicht fertig. Eine kürzere Zeit oder weniger Gruppen wählen.',
    'file-there': 'Eine Datei dieses Namens gibt es schon, und nichts wird überschrieben. Einen anderen Namen wählen.',
    'not-permitted':
      'Eine der beiden Personen darf keine Aufnahmen exportieren, oder nicht mehr. Den Export mit zwei Personen neu verlangen, die es dürfen.',
    'second-person-is-the-first': 'Beide sind dieselbe Person. Jemand anderen als zweite Person nennen.',
    'second-person-may-not': 'Die zweite Person darf diese Aufnahmen nicht exportieren. Eine andere wählen.',
    'second-person-same-country':
      'Diese Gruppen betreffen mehrere Länder. Eine zweite Person aus einem anderen Land wählen.',
    'not-own-country':
      'Das Recht des Landes des Bestellers gibt ihm nicht alle diese Gruppen. Andere wählen, oder jemanden des anderen Landes bestellen lassen.',
    'log-of-another-law':
      'Das Protokoll dieser Zeit nennt Gruppen eines Landes, aus dem keine der beiden Personen ist. Eine Person dieses Landes oder eine kürzere Zeit wählen.',
    'recording-changed': 'Eine Aufnahme wurde noch geschrieben. Den Export in einer Minute neu verlangen.',
    'recording-key-missing':
      'Der Hauptschlüssel, der die Aufnahmen öffnet, fehlt. Technischen Dienst rufen, dann den Export neu verlangen.',
    'records-unreadable':
      'Die Grenzakten können nicht gelesen werden. Technischen Dienst rufen, dann den Export neu verlangen.',
    'log-missing': 'Das Beweisprotokoll liegt nicht, wo es soll. Technischen Dienst rufen.',
    'signing-key': 'Der Schlüssel, der Pakete signiert, ist nicht brauchbar. Technischen Dienst rufen.',
    'store-away':
      'Die Datenbank des Protokolls hat nicht geantwortet. Den Export in einigen Minuten neu verlangen; scheitert er wieder, technischen Dienst rufen.',
    'disk-full': 'Die Platte ist voll. Technischen Dienst rufen, dann den Export neu verlangen.',
    'broke-off':
      'Er brach ab und sagte nicht warum. Den Export neu verlangen; scheitert er wieder, technischen Dienst rufen.',
    'gateway-ended':
      'Das Gateway endete dreimal, während er gebaut wurde. Dem technischen Dienst melden, und den Export neu verlangen, sobald das Gateway läuft.',
    'package-lost':
      'Das Paket liegt nicht mehr, wo es lag. Den Export neu verlangen und dem technischen Dienst melden.',
    'package-unreadable':
      'Das Paket kann nicht gelesen werden. Den Export neu verlangen und dem technischen Dienst melden.',
    other: 'Er konnte nicht gemacht werden. Das Protokoll sagt warum; technischen Dienst rufen.',
  },
};

export function exportFaultWords(fault: ExportFault, language: keyof typeof words): string {
  return words[language][fault];
}
