/** Colours of the page: the operator's own choice, or light and dark as his system has it. Pure. */
export const themes = ['light', 'dark', 'night-red'] as const;
export type Theme = (typeof themes)[number];
export type ThemeChoice = Theme | 'auto';

export function readTheme(stored: string | null): ThemeChoice {
  return themes.find((theme) => theme === stored) ?? 'auto';
}

/** The theme that a choice comes to. */
export function themeOf(choice: ThemeChoice, systemIsLight: boolean): Theme {
  if (choice !== 'auto') return choice;
  return systemIsLight ? 'light' : 'dark';
}
