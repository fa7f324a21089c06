/**
 * Texts of the page. All languages are in the bundle, so that changing the language needs neither a reload nor the
 * network. Interpolated values are not HTML-escaped here: React does it.
 */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import de from './de.json' with { type: 'json' };
import en from './en.json' with { type: 'json' };
import fr from './fr.json' with { type: 'json' };
import type { Language } from './languages.ts';
import { pickLanguage } from './languages.ts';
import nl from './nl.json' with { type: 'json' };

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

export type Texts = typeof en;

const storageKey = 'escaut.language';

function chosen(): string | null {
  return localStorage.getItem(storageKey);
}

function show(language: Language): void {
  document.documentElement.lang = language;
  void i18next.changeLanguage(language);
}

export function startTexts(): void {
  void i18next.use(initReactI18next).init({
    resources: { fr: { translation: fr }, nl: { translation: nl }, de: { translation: de }, en: { translation: en } },
    lng: pickLanguage([chosen(), ...navigator.languages]),
    fallbackLng: 'en',
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = i18next.language;
}

/** The operator's own choice, remembered in this browser. */
export function chooseLanguage(language: Language): void {
  localStorage.setItem(storageKey, language);
  show(language);
}

/** What the gateway says of the operator; counts as long as he has chosen nothing here. */
export function suggestLanguage(language: string): void {
  if (language !== '') show(pickLanguage([chosen(), language, ...navigator.languages]));
}
